import { Box, Code, Stack, Text } from "@mantine/core";
import encodeQR from "qr";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";

export interface Secret {
  secret: string;
  uri: string;
}

/** A new secret: a picture to scan, and the same as text to type. */
export function SecretPanel({ secret }: { secret: Secret }) {
  const { t } = useTranslation();
  return (
    <Stack gap="xs" align="center">
      <Text size="sm">{t("factor.scan")}</Text>
      <QrCode text={secret.uri} label={t("factor.qr")} />
      <Text size="sm">{t("factor.type")}</Text>
      <Code data-testid="secret" style={{ overflowWrap: "anywhere" }}>{secret.secret.replace(/(.{4})(?=.)/g, "$1 ")}</Code>
    </Stack>
  );
}

/** Black on white in every theme: cameras expect it. */
function QrCode({ text, label }: { text: string; label: string }) {
  const rows = useMemo(() => encodeQR(text, "raw", { border: 4 }), [text]);
  const path = rows.flatMap((row, y) => row.map((dark, x) => (dark ? `M${x} ${y}h1v1h-1z` : ""))).join("");
  return (
    <Box component="svg" role="img" aria-label={label} viewBox={`0 0 ${rows.length} ${rows.length}`} w={200} h={200} shapeRendering="crispEdges">
      <path fill="#fff" d={`M0 0h${rows.length}v${rows.length}H0z`} />
      <path fill="#000" d={path} />
    </Box>
  );
}
