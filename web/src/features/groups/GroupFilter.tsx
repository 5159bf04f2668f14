/** The conditions of a dynamic group, as its module's lists have them. */
import { Group, Input, Text, Textarea } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { useMetadata } from "~/app/metadata";
import { ConditionText } from "~/features/records/ConditionText";
import { Conditions } from "~/features/records/Conditions";
import { buildFilter } from "~/features/records/filter";
import { parseFilter } from "~/features/records/parseFilter";
import type { SpecialInputProps } from "~/features/records/special";
import { useLabel } from "~/ui/useFormat";

export function GroupFilter({ field, value, onChange, error, draft }: SpecialInputProps) {
  const { t } = useTranslation();
  const label = useLabel();
  const module = useMetadata().module(String(draft.module ?? ""));
  const text = String(value ?? "");
  const parsed = module && parseFilter(text, module.fields);
  if (!onChange) {
    if (!module || !parsed) return <Text span inherit>{text}</Text>;
    return (
      <Group gap={8} component="span">
        {parsed.conditions.map((condition, index) => {
          const found = module.fields.find(({ name }) => name === condition.f);
          return found && <span key={index}><ConditionText field={found} condition={condition} /></span>;
        })}
      </Group>
    );
  }
  const name = label(field.label);
  if (text && !parsed) {
    return <Textarea label={name} value={text} error={error} autosize maxRows={6} onChange={(event) => onChange(event.currentTarget.value)} />;
  }
  return (
    <Input.Wrapper label={name} error={error} withAsterisk labelElement="div">
      {module
        ? (
          <Group gap="xs" mt={4}>
            <Conditions module={module} conditions={parsed ? parsed.conditions : []} onChange={(conditions) => onChange(buildFilter(conditions, "", module.fields))} />
          </Group>
        )
        : <Text size="sm" c="dimmed">{t("groups.chooseModule")}</Text>}
    </Input.Wrapper>
  );
}
