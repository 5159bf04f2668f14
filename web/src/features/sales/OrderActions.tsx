/** The next steps of an order, by its state. */
import { Button, Group, Modal, NumberInput, Stack, Text, TextInput } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconArrowBackUp, IconCheck, IconCircleCheck, IconTruckDelivery, IconX } from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { post } from "~/api/client";
import type { Rec } from "~/api/types";
import { useMetadata } from "~/app/metadata";
import { refresh } from "~/features/records/api";
import type { PanelProps } from "~/features/records/special";
import { DateInput } from "~/ui/dates";
import { showDone, showError } from "~/ui/errors";
import { useDatePattern, useFormat } from "~/ui/useFormat";
import { parse, show, subtract, ZERO } from "./decimal";
import type { Line } from "./pricing";

const CHANGED = ["orders", "shipments", "products", "stock_movements"];
const OPEN = ["confirmed", "partly_shipped"];

/** A step; done, everything that it moves is read again. */
function useStep(record: Rec, verb: string, onDone?: () => void) {
  const { t } = useTranslation();
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: Record<string, unknown>) => post(`/orders/${record.id}:${verb}`, { etag: record.etag, ...body }),
    onSuccess: async () => {
      onDone?.();
      await Promise.all(CHANGED.map((name) => refresh(client, name)));
      showDone(t("form.saved"));
    },
    onError: showError,
  });
}

export function OrderActions({ module, record }: PanelProps) {
  const metadata = useMetadata();
  if (!module.operations.includes("edit") || record.kept_elsewhere) return null;
  const status = String(record.status);
  const waits = ((record.lines as Line[] | undefined) ?? []).some((line) => Number(line.reserved ?? 0) > 0);
  return (
    <>
      {status === "draft" && <Step record={record} verb="confirm" icon={IconCheck} />}
      {OPEN.includes(status) && metadata.may("shipments", "create") && <Ship record={record} />}
      {(status === "shipped" || (status === "confirmed" && !waits)) && <Step record={record} verb="complete" icon={IconCircleCheck} />}
      {["confirmed", "cancelled"].includes(status) && <Step record={record} verb="reopen" icon={IconArrowBackUp} />}
      {["draft", ...OPEN].includes(status) && <Cancel record={record} />}
    </>
  );
}

function Step({ record, verb, icon: Sign }: { record: Rec; verb: "confirm" | "complete" | "reopen"; icon: typeof IconCheck }) {
  const { t } = useTranslation();
  const step = useStep(record, verb);
  return (
    <Button variant="default" leftSection={<Sign size={16} aria-hidden />} loading={step.isPending} onClick={() => step.mutate({})}>{t(`order.${verb}`)}</Button>
  );
}

function Cancel({ record }: { record: Rec }) {
  const { t } = useTranslation();
  const [opened, dialog] = useDisclosure(false);
  const [reason, setReason] = useState("");
  const step = useStep(record, "cancel", dialog.close);
  return (
    <>
      <Button variant="default" leftSection={<IconX size={16} aria-hidden />} onClick={dialog.open}>{t("order.cancel")}</Button>
      <Modal opened={opened} onClose={dialog.close} title={t("order.cancel")} centered closeButtonProps={{ "aria-label": t("action.close") }}>
        <Stack>
          <Text size="sm">{t("order.cancelEffect")}</Text>
          <TextInput label={t("order.reason")} value={reason} onChange={(event) => setReason(event.currentTarget.value)} maxLength={500} />
          <Group justify="flex-end">
            <Button variant="default" onClick={dialog.close}>{t("action.close")}</Button>
            <Button color="red" loading={step.isPending} onClick={() => step.mutate({ reason })}>{t("order.cancel")}</Button>
          </Group>
        </Stack>
      </Modal>
    </>
  );
}

const waiting = (line: Line): string => show(subtract(parse(line.quantity) ?? ZERO, parse(line.shipped) ?? ZERO));

function Ship({ record }: { record: Rec }) {
  const { t } = useTranslation();
  const [opened, dialog] = useDisclosure(false);
  return (
    <>
      <Button variant="default" leftSection={<IconTruckDelivery size={16} aria-hidden />} onClick={dialog.open}>{t("order.ship")}</Button>
      <Modal opened={opened} onClose={dialog.close} title={t("order.ship")} size="lg" centered closeButtonProps={{ "aria-label": t("action.close") }}>
        <ShipForm key={record.etag} record={record} onClose={dialog.close} />
      </Modal>
    </>
  );
}

function ShipForm({ record, onClose }: { record: Rec; onClose: () => void }) {
  const { t } = useTranslation();
  const format = useFormat();
  const pattern = useDatePattern();
  const lines = ((record.lines as Line[] | undefined) ?? []).filter((line) => Number(waiting(line)) > 0);
  const [quantities, setQuantities] = useState<Record<string, string>>(() => Object.fromEntries(lines.map((line) => [line.id, waiting(line)])));
  const [carrier, setCarrier] = useState("");
  const [tracking, setTracking] = useState("");
  const [day, setDay] = useState<string | null>(null);
  const step = useStep(record, "ship", onClose);
  const chosen = lines
    .map((line) => ({ line_id: line.id, quantity: quantities[line.id ?? ""] ?? "" }))
    .filter(({ quantity }) => Number(quantity) > 0);
  return (
    <Stack>
      {lines.map((line) => (
        <NumberInput
          key={line.id}
          label={line.description}
          description={t("order.waiting", { quantity: format.number(waiting(line)), unit: line.unit ?? "" })}
          value={quantities[line.id ?? ""] ?? ""}
          min={0}
          max={Number(waiting(line))}
          hideControls
          onChange={(entered) => setQuantities({ ...quantities, [line.id ?? ""]: String(entered) })}
        />
      ))}
      <Group grow>
        <TextInput label={t("order.carrier")} value={carrier} onChange={(event) => setCarrier(event.currentTarget.value)} maxLength={100} />
        <TextInput label={t("order.tracking")} value={tracking} onChange={(event) => setTracking(event.currentTarget.value)} maxLength={100} />
      </Group>
      <DateInput label={t("order.shipDate")} value={day} onChange={setDay} valueFormat={pattern} placeholder={pattern} clearable />
      <Group justify="flex-end">
        <Button variant="default" onClick={onClose}>{t("action.cancel")}</Button>
        <Button
          disabled={chosen.length === 0}
          loading={step.isPending}
          onClick={() => step.mutate({ shipment: { lines: chosen, carrier, tracking_number: tracking, ...(day ? { ship_date: day } : {}) } })}
        >
          {t("order.ship")}
        </Button>
      </Group>
    </Stack>
  );
}
