import { MantineProvider, mergeThemeOverrides } from "@mantine/core";
import { useMemo, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { nonce } from "./nonce";
import { theme } from "./theme";

/** The theme, with words in the person's language where a component has a button of its own. */
export function Themed({ children }: { children: ReactNode }) {
  const { t } = useTranslation();
  const clear = t("action.clear");
  const worded = useMemo(
    () => mergeThemeOverrides(theme, { components: { InputClearButton: { defaultProps: { "aria-label": clear } } } }),
    [clear],
  );
  return <MantineProvider theme={worded} defaultColorScheme="auto" getStyleNonce={() => nonce}>{children}</MantineProvider>;
}
