import { useTranslation } from "react-i18next";
import { Entrance } from "./Entrance";
import { lastOrganization } from "./profile";
import { SecondStep, type SecondStepProps } from "./SecondStep";

/** The second step of a log-in, on a page of its own. */
export function SecondStepPage(props: SecondStepProps) {
  const { t } = useTranslation();
  return (
    <Entrance organization={lastOrganization()} title={t(props.challenge.enroll ? "factor.enrollTitle" : "factor.title")}>
      <SecondStep {...props} />
    </Entrance>
  );
}
