/** The one place that knows the chart library: bars, lines and pies as SVG, in the page's colours. */
import { useComputedColorScheme } from "@mantine/core";
import { BarChart, LineChart, PieChart } from "echarts/charts";
import { AriaComponent, GridComponent, TooltipComponent } from "echarts/components";
import { init, use as register, type EChartsCoreOption } from "echarts/core";
import { SVGRenderer } from "echarts/renderers";
import { useEffect, useRef } from "react";

register([BarChart, LineChart, PieChart, GridComponent, TooltipComponent, AriaComponent, SVGRenderer]);

export interface Point {
  name: string;
  value: number;
}

interface Props {
  kind: "bar" | "line" | "pie";
  /** Names the chart to those who do not see it. */
  title: string;
  points: Point[];
  show: (value: number) => string;
}

const PALETTE = ["#0f8f7c", "#3b82c4", "#e0a526", "#c2557a", "#7a6bc4", "#5aa05a", "#d0743c", "#64748b", "#2aa5b8", "#a3833d"];
/** More names than this lie better along the left side than below. */
const HORIZONTAL_FROM = 9;
const MOST_BARS = 25;
const BAR_PX = 24;
const HEIGHT_PX = 340;

/** Upright bars on a phone would have no room for their names. */
const NARROW_PX = 560;

function isHorizontal({ kind, points }: Pick<Props, "kind" | "points">): boolean {
  return kind === "bar" && (points.length >= HORIZONTAL_FROM || window.innerWidth < NARROW_PX);
}

/** Room for every name. */
export function chartHeight(props: Pick<Props, "kind" | "points">): number {
  return isHorizontal(props) ? Math.max(HEIGHT_PX, Math.min(props.points.length, MOST_BARS) * BAR_PX + 50) : HEIGHT_PX;
}

function options({ kind, title, points, show }: Props, dark: boolean): EChartsCoreOption {
  const text = dark ? "#c1c7cd" : "#4a545c";
  const line = dark ? "#3a3f45" : "#e3e8e6";
  const common = {
    color: PALETTE,
    aria: { enabled: true, label: { description: title } },
    animationDuration: 250,
    // The real name: labels are measured before they are drawn.
    textStyle: { fontFamily: getComputedStyle(document.body).fontFamily },
    tooltip: {
      trigger: kind === "pie" ? "item" : "axis",
      confine: true,
      renderMode: "richText",
      valueFormatter: (value: unknown) => show(Number(value)),
    },
  };
  if (kind === "pie") {
    return {
      ...common,
      series: [{
        type: "pie", radius: ["45%", "74%"], data: points.filter(({ value }) => value > 0), minAngle: 2,
        label: { color: text }, itemStyle: { borderColor: dark ? "#242424" : "#fff", borderWidth: 2 },
      }],
    };
  }
  const horizontal = isHorizontal({ kind, points });
  // The largest bars on top; a line keeps the order of time.
  const shown = horizontal ? [...points].sort((one, other) => one.value - other.value).slice(-MOST_BARS) : points;
  const names = { type: "category", data: shown.map(({ name }) => name), axisLabel: { color: text, ...(horizontal ? { interval: 0, width: 130, overflow: "truncate" } : { hideOverlap: true }) }, axisLine: { lineStyle: { color: line } }, axisTick: { show: false } };
  const values = { type: "value", axisLabel: { color: text, formatter: (value: number) => show(value), hideOverlap: true }, splitLine: { lineStyle: { color: line } } };
  return {
    ...common,
    grid: { left: 12, right: 28, top: 16, bottom: 8, outerBoundsMode: "same", outerBoundsContain: "axisLabel" },
    xAxis: horizontal ? values : names,
    yAxis: horizontal ? names : values,
    series: [{
      type: kind, data: shown.map(({ value }) => value), barMaxWidth: 34,
      ...(kind === "line" ? { areaStyle: { opacity: 0.12 }, symbolSize: 7, lineStyle: { width: 2.5 } } : {}),
      itemStyle: { borderRadius: horizontal ? [0, 4, 4, 0] : [4, 4, 0, 0] },
    }],
  };
}

export function Chart(props: Props) {
  const box = useRef<HTMLDivElement>(null);
  const dark = useComputedColorScheme("light") === "dark";

  useEffect(() => {
    if (!box.current) return;
    const chart = init(box.current, undefined, { renderer: "svg" });
    chart.setOption(options(props, dark));
    const observer = new ResizeObserver(() => chart.resize());
    observer.observe(box.current);
    return () => {
      observer.disconnect();
      chart.dispose();
    };
  }, [props, dark]);

  return <div ref={box} role="img" aria-label={props.title} style={{ height: chartHeight(props) }} />;
}
