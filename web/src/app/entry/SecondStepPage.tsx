import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Entrance } from "./Entrance";
import { lastOrganization } from "./profile";
import { SecondStep, type SecondStepProps } from "./SecondStep";

/** What log-in asks for beside the password, on a page of its own. */
export function SecondStepPage({ challenge, onDone, onAgain }: Omit<SecondStepProps, "onNext">) {
  const { t } = useTranslation();
  const [step, setStep] = useState(challenge);
  return (
    <Entrance organization={lastOrganization()} title={t(step.choose ? "entry.chooseTitle" : step.enroll ? "factor.enrollTitle" : "factor.title")}>
      <SecondStep challenge={step} onNext={setStep} onDone={onDone} onAgain={onAgain} />
    </Entrance>
  );
}
