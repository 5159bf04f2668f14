/** Records as cards in columns, one for each value of a field: dragged, or moved from a menu. */
import { DragDropContext, Draggable, Droppable, type DropResult } from "@hello-pangea/dnd";
import { ActionIcon, Badge, Button, Group, Menu, Skeleton, Text } from "@mantine/core";
import { IconArrowsMoveHorizontal } from "@tabler/icons-react";
import { useInfiniteQuery, useMutation, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Field, Module, Rec } from "~/api/types";
import { editableFields } from "~/app/metadata";
import { Crash } from "~/app/shell/states";
import { showError } from "~/ui/errors";
import { FieldValue } from "~/ui/fields/FieldValue";
import { useFormat } from "~/ui/useFormat";
import { isEmpty, refresh, titleOf, updateRecord, valueOf } from "./api";
import classes from "./Board.module.css";
import { cardsQuery, columnFilter, useColumnsOf, type Column } from "./board";

interface Props {
  module: Module;
  field: Field;
  /** What a card shows beside its title. */
  facts: Field[];
  filter: string;
  order: string;
}

/** A card on its way: shown where it goes until the server has said what it thinks of it. */
interface Move {
  record: Rec;
  from: string;
  to: string;
}

export function Board({ module, field, facts, filter, order }: Props) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const { columns, error } = useColumnsOf(module, field, filter);
  const [moves, setMoves] = useState<Move[]>([]);
  const mayMove = module.operations.includes("edit") && editableFields(module, false).includes(field);
  const move = useMutation({
    mutationFn: ({ record, to }: Move) => updateRecord(module.name, record, change(field, to), crypto.randomUUID()),
    onMutate: (one) => setMoves((before) => [...before.filter(({ record }) => record.id !== one.record.id), one]),
    onError: showError,
    onSettled: async (_answer, _error, one) => {
      await refresh(client, module.name);
      setMoves((before) => before.filter((other) => other !== one));
    },
  });

  const onDragEnd = ({ draggableId, source, destination }: DropResult): void => {
    const record = cached.get(draggableId);
    if (record && destination && destination.droppableId !== source.droppableId) {
      move.mutate({ record, from: valueAt(source.droppableId), to: valueAt(destination.droppableId) });
    }
  };
  // The cards that the columns have drawn, by id: what is dragged is one of them.
  const [cached] = useState(() => new Map<string, Rec>());

  if (error && !columns) return <Crash error={error} reset={() => void refresh(client, module.name)} />;
  if (!columns) return <Group wrap="nowrap" align="flex-start">{[0, 1, 2].map((one) => <Skeleton key={one} height={240} width={280} />)}</Group>;
  return (
    <DragDropContext onDragEnd={onDragEnd} dragHandleUsageInstructions={t("board.instructions")}>
      <div className={classes.board} role="group" aria-label={t("board.title")}>
        {columns.map((column) => (
          <Lane
            key={column.value}
            {...{ module, field, facts, filter, order, column, columns, cached, mayMove }}
            moves={moves}
            onMove={(record, to) => move.mutate({ record, from: column.value, to })}
          />
        ))}
      </div>
    </DragDropContext>
  );
}

/** Ids of lanes may not be empty. */
const laneOf = (value: string): string => `lane:${value}`;
const valueAt = (lane: string): string => lane.slice(5);

const change = (field: Field, value: string): Record<string, unknown> =>
  field.name.startsWith("custom.") ? { custom: { [field.name.slice(7)]: value || null } } : { [field.name]: value };

interface LaneProps extends Props {
  column: Column;
  columns: Column[];
  moves: Move[];
  cached: Map<string, Rec>;
  mayMove: boolean;
  onMove: (record: Rec, to: string) => void;
}

function Lane({ module, field, facts, filter, order, column, columns, moves, cached, mayMove, onMove }: LaneProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const query = useInfiniteQuery(cardsQuery(module.name, columnFilter(filter, field, column.value), order));
  const read = query.data?.pages.flatMap((page) => page.records) ?? [];
  const coming = moves.filter(({ to }) => to === column.value).map(({ record }) => record);
  const elsewhere = new Set(moves.map(({ record }) => record.id));
  const cards = [...coming, ...read.filter(({ id }) => !elsewhere.has(id))];
  const count = column.count + coming.length - moves.filter(({ from }) => from === column.value).length;
  cards.forEach((record) => cached.set(record.id, record));
  return (
    <section className={classes.lane} aria-label={column.title}>
      <header className={classes.head}>
        <Group gap={8} wrap="nowrap">
          {column.color ? <Badge className="gx-badge" variant="light" color={column.color} tt="none" radius="sm">{column.title}</Badge> : <Text size="sm" fw={600} truncate>{column.title}</Text>}
          <Text size="sm" c="dimmed" aria-label={t("board.count", { total: format.integer(Math.max(0, count)) })}>{format.integer(Math.max(0, count))}</Text>
        </Group>
        {column.sums.map((sum) => <Text key={sum.currency_code} size="xs" c="dimmed">{format.money(sum)}</Text>)}
      </header>
      <Droppable droppableId={laneOf(column.value)} isDropDisabled={!mayMove}>
        {(lane) => (
          <div ref={lane.innerRef} {...lane.droppableProps} className={classes.cards}>
            {cards.map((record, index) => (
              <Draggable key={record.id} draggableId={record.id} index={index} isDragDisabled={!mayMove || elsewhere.has(record.id)}>
                {(card, state) => (
                  <div ref={card.innerRef} {...card.draggableProps} {...card.dragHandleProps} role={mayMove ? "group" : undefined} aria-label={mayMove ? titleOf(record, module) : undefined} className={classes.card} data-dragging={state.isDragging || undefined}>
                    <Card module={module} field={field} facts={facts} record={record} />
                    {mayMove && <MoveMenu module={module} record={record} columns={columns.filter((one) => one !== column)} onMove={onMove} />}
                  </div>
                )}
              </Draggable>
            ))}
            {lane.placeholder}
            {query.isPending && <Skeleton height={60} />}
            {query.hasNextPage && <Button variant="subtle" size="compact-sm" loading={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>{t("board.more")}</Button>}
          </div>
        )}
      </Droppable>
    </section>
  );
}

function Card({ module, field, facts, record }: { module: Module; field: Field; facts: Field[]; record: Rec }) {
  const { t } = useTranslation();
  const shown = facts.filter((one) => one.name !== module.title_field && one.name !== field.name && !isEmpty(valueOf(record, one)));
  return (
    <div style={{ minWidth: 0 }}>
      <Link className={classes.title} to="/$module/$id" params={{ module: module.name, id: record.id }}>{titleOf(record, module) || t("field.untitled")}</Link>
      {shown.slice(0, 4).map((one) => <div key={one.name} className={classes.fact}><FieldValue field={one} value={valueOf(record, one)} compact /></div>)}
    </div>
  );
}

/** The way for whoever does not drag. */
function MoveMenu({ module, record, columns, onMove }: { module: Module; record: Rec; columns: Column[]; onMove: (record: Rec, to: string) => void }) {
  const { t } = useTranslation();
  return (
    <Menu position="bottom-end" withinPortal>
      <Menu.Target>
        <ActionIcon className={classes.move} variant="subtle" color="gray" size="sm" aria-label={t("board.move", { title: titleOf(record, module) || t("field.untitled") })}>
          <IconArrowsMoveHorizontal size={16} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{t("board.moveTo")}</Menu.Label>
        {columns.map((column) => <Menu.Item key={column.value} onClick={() => onMove(record, column.value)}>{column.title}</Menu.Item>)}
      </Menu.Dropdown>
    </Menu>
  );
}
