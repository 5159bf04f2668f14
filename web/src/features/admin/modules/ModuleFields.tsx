/** A module's own fields in the order of its forms: added here, dragged or moved from a menu, below headings. */
import { DragDropContext, Draggable, Droppable, type DropResult } from "@hello-pangea/dnd";
import { ActionIcon, Badge, Button, Group, Menu, Skeleton, Text, TextInput, Title } from "@mantine/core";
import { IconArrowsMoveVertical, IconGripVertical, IconHeading, IconPlus } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Module, Rec } from "~/api/types";
import { inLocale } from "~/app/i18n";
import { metadataQuery } from "~/app/metadata";
import { listQuery, refresh, updateRecord } from "~/features/records/api";
import { RecordDialog } from "~/features/records/RecordDialog";
import { showDone, showError } from "~/ui/errors";
import adminClasses from "../admin.module.css";
import { headingsOf, moved, type Heading } from "./arrange";
import classes from "./modules.module.css";

const ASKED = [
  "label_zh", "label_en", "kind", "reference", "choices", "required", "ranged", "unique", "minimum", "maximum", "number_format",
  "default_value", "help_zh", "help_en", "key",
] as const;
/** More than any module has. */
const MOST = 200;

interface Props {
  module: Module;
  /** The module of custom fields. */
  definitions: Module;
}

export function ModuleFields({ module, definitions }: Props) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const { data } = useQuery(listQuery("custom_fields", { filter: `module = "${module.name}"`, order: "position", size: MOST }));
  const [adding, setAdding] = useState(false);
  const [more, setMore] = useState<string[]>([]);
  const mayEdit = definitions.operations.includes("edit");
  const settle = async (): Promise<void> => {
    await refresh(client, "custom_fields");
    await client.invalidateQueries({ queryKey: metadataQuery.queryKey });
  };
  const move = useMutation({
    mutationFn: async ({ id, to, index }: { id: string; to: string; index: number }) => {
      for (const { record, changes } of moved(headings, id, to, index)) {
        await updateRecord("custom_fields", record, changes, crypto.randomUUID());
      }
    },
    onError: showError,
    onSettled: settle,
  });
  if (!data) return <Skeleton height={120} />;
  const headings = headingsOf(data.records, more);
  const onDragEnd = ({ draggableId, destination }: DropResult): void => {
    if (destination) move.mutate({ id: draggableId, to: destination.droppableId.slice(1), index: destination.index });
  };
  return (
    <>
      {data.records.length === 0 && <Text c="dimmed" mb="sm">{t("modules.noFields")}</Text>}
      <DragDropContext onDragEnd={onDragEnd} dragHandleUsageInstructions={t("board.instructions")}>
        {headings.map((heading) => (
          <Lane key={heading.name} heading={heading} headings={headings} definitions={definitions} mayEdit={mayEdit && !move.isPending} onMove={(id, to, index) => move.mutate({ id, to, index })} />
        ))}
      </DragDropContext>
      <Group mt="md" align="end">
        {definitions.operations.includes("create") && (
          <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={() => setAdding(true)}>{t("modules.addField")}</Button>
        )}
        {mayEdit && data.records.length > 0 && <NewHeading onMade={(name) => setMore((before) => [...before, name])} />}
      </Group>
      {adding && (
        <RecordDialog
          module={definitions}
          asked={ASKED}
          preset={{ kind: "text" }}
          fixed={{ module: module.name, position: data.records.length + 1 }}
          onClose={() => setAdding(false)}
          onCreated={async () => {
            await settle();
            setAdding(false);
            showDone(t("modules.fieldMade"));
          }}
        />
      )}
    </>
  );
}

interface LaneProps {
  heading: Heading;
  headings: Heading[];
  definitions: Module;
  mayEdit: boolean;
  onMove: (id: string, to: string, index: number) => void;
}

function Lane({ heading, headings, definitions, mayEdit, onMove }: LaneProps) {
  const { t, i18n } = useTranslation();
  const called = heading.name ? inLocale({ zh: heading.zh || heading.en, en: heading.en || heading.zh }, i18n.language) : "";
  return (
    <section aria-label={called || t("modules.noHeading")}>
      {called && <Title order={3} size="h4" mt="md">{called}</Title>}
      <Droppable droppableId={`:${heading.name}`} isDropDisabled={!mayEdit}>
        {(lane) => (
          <div ref={lane.innerRef} {...lane.droppableProps} className={classes.lane}>
            {heading.fields.map((field, index) => (
              <Draggable key={field.id} draggableId={field.id} index={index} isDragDisabled={!mayEdit}>
                {(row, state) => (
                  <div ref={row.innerRef} {...row.draggableProps} className={adminClasses.row} data-dragging={state.isDragging || undefined}>
                    {mayEdit && <span {...row.dragHandleProps} role="button" aria-label={t("modules.drag", { name: nameOf(field, i18n.language) })} className={classes.grip}><IconGripVertical size={16} aria-hidden /></span>}
                    <FieldLine field={field} definitions={definitions} />
                    {mayEdit && <MoveMenu field={field} index={index} heading={heading} headings={headings} onMove={onMove} />}
                  </div>
                )}
              </Draggable>
            ))}
            {lane.placeholder}
          </div>
        )}
      </Droppable>
    </section>
  );
}

function FieldLine({ field, definitions }: { field: Rec; definitions: Module }) {
  const { t, i18n } = useTranslation();
  const kinds = definitions.fields.find(({ name }) => name === "kind")?.choices ?? [];
  const kind = kinds.find(({ value }) => value === field.kind);
  return (
    <>
      <Link className="gx-link" style={{ flex: 1, minWidth: 0 }} to="/$module/$id" params={{ module: "custom_fields", id: field.id }}>{nameOf(field, i18n.language)}</Link>
      {Boolean(field.required) && <Badge variant="light" tt="none" color="yellow">{t("modules.required")}</Badge>}
      <Text size="sm" c="dimmed">{kind ? inLocale(kind.label, i18n.language) : String(field.kind)}</Text>
    </>
  );
}

function nameOf(field: Rec, language: string): string {
  const [zh, en] = [String(field.label_zh ?? ""), String(field.label_en ?? "")];
  return inLocale({ zh: zh || en, en: en || zh }, language) || String(field.key);
}

/** The way for whoever does not drag. */
function MoveMenu({ field, index, heading, headings, onMove }: { field: Rec; index: number; heading: Heading; headings: Heading[]; onMove: LaneProps["onMove"] }) {
  const { t, i18n } = useTranslation();
  return (
    <Menu position="bottom-end" withinPortal>
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" aria-label={t("modules.move", { name: nameOf(field, i18n.language) })}><IconArrowsMoveVertical size={16} /></ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item disabled={index === 0} onClick={() => onMove(field.id, heading.name, index - 1)}>{t("modules.up")}</Menu.Item>
        <Menu.Item disabled={index === heading.fields.length - 1} onClick={() => onMove(field.id, heading.name, index + 1)}>{t("modules.down")}</Menu.Item>
        {headings.filter((one) => one !== heading).map((one) => (
          <Menu.Item key={one.name} onClick={() => onMove(field.id, one.name, one.fields.length)}>{t("modules.to", { name: one.name || t("modules.noHeading") })}</Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}

function NewHeading({ onMade }: { onMade: (name: string) => void }) {
  const { t } = useTranslation();
  const [name, setName] = useState("");
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (name.trim()) onMade(name.trim());
        setName("");
      }}
    >
      <Group gap="xs" align="end">
        <TextInput label={t("modules.heading")} value={name} onChange={(event) => setName(event.currentTarget.value)} maxLength={60} />
        <Button type="submit" variant="default" leftSection={<IconHeading size={16} aria-hidden />} disabled={!name.trim()}>{t("modules.addHeading")}</Button>
      </Group>
    </form>
  );
}
