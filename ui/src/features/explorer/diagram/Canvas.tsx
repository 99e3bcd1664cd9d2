/** The plane with the tables: moved, zoomed, arranged by dragging, and gone through by keys. Only what is on screen is drawn. */
import { ActionIcon, Button } from "@mantine/core";
import { useNavigate } from "@tanstack/react-router";
import { Maximize, Minus, Plus } from "lucide-react";
import { type KeyboardEvent, type PointerEvent, useEffect, useLayoutEffect, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Point } from "~/kit/canvas/layout";
import { useViewport } from "~/kit/canvas/useViewport";
import {
  around,
  centred,
  directionOf,
  fitted,
  isDirection,
  moved,
  neighbour,
  overlaps,
  type Viewport,
  zoomedAt,
} from "~/kit/canvas/viewport";
import { tablePath } from "../cells/foreign";
import { type Box, boundsOf, type Drawing } from "./diagram";
import classes from "./diagram.module.css";
import { EdgeLine, READABLE, TableBox } from "./Picture";

const STEP = 80;
const CLOSER = 1.25;

interface CanvasProps {
  source: string;
  drawing: Drawing;
  /** Tables of several schemas. */
  many: boolean;
  /** A table that was searched for; another object each time. */
  jump: { id: string } | null;
  first: Viewport | null;
  onView: (view: Viewport) => void;
  onPlace: (id: string, at: Point) => void;
}

export function Canvas({ source, drawing, many, jump, first, onView, onPlace }: CanvasProps) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const plane = useViewport(first, onView);
  const [chosen, setChosen] = useState<string | null>(null);
  const [drag, setDrag] = useState<{ id: string; by: Point } | null>(null);
  const held = useRef<{ id: string; from: Point; moved: boolean } | null>(null);
  const { screen, drawn, zoom, go, view } = plane;
  const far = zoom < READABLE;
  const all = useMemo(() => around([...drawing.boxes.values()]), [drawing]);
  const showAll = () => go(fitted(all, screen));

  const fitOnce = useRef(first === null);
  useLayoutEffect(() => {
    if (!fitOnce.current || screen.width === 0) return;
    fitOnce.current = false;
    go(fitted(all, screen));
  }, [all, screen, go]);

  const shown = useMemo(() => {
    const boxes = [...drawing.boxes.values()].filter((box) => overlaps(box, drawn));
    const lines = drawing.lines.filter((line) => overlaps(boundsOf(line), drawn));
    return { boxes, lines };
  }, [drawing, drawn]);
  const near = useMemo(() => {
    if (chosen === null) return null;
    const ids = new Set([chosen]);
    for (const line of drawing.lines) {
      if (line.from.id === chosen) ids.add(line.to.id);
      if (line.to.id === chosen) ids.add(line.from.id);
    }
    return ids;
  }, [chosen, drawing]);

  const show = (id: string, zoomTo?: number) => {
    const box = drawing.boxes.get(id);
    if (!box) return;
    setChosen(id);
    go(centred(box, screen, zoomTo ?? Math.max(view().zoom, READABLE)));
  };
  // biome-ignore lint/correctness/useExhaustiveDependencies: once for each search
  useEffect(() => {
    if (!jump) return;
    show(jump.id, Math.max(view().zoom, 0.9));
    plane.frame.current?.focus();
  }, [jump]);

  const open = (box: Box) =>
    void navigate({ to: tablePath({ source, schema: box.table.schema, table: box.table.name }) });
  const middle = { x: screen.width / 2, y: screen.height / 2 };
  const onKeyDown = (e: KeyboardEvent) => {
    const box = chosen === null ? undefined : drawing.boxes.get(chosen);
    if (e.ctrlKey || e.metaKey || e.altKey || e.target !== e.currentTarget) return;
    if (isDirection(e.key)) {
      const next = box && !e.shiftKey ? neighbour(box, drawing.boxes, e.key) : undefined;
      const [dx, dy] = directionOf(e.key);
      if (next) show(next);
      else if (!box || e.shiftKey) go(moved(view(), -dx * STEP, -dy * STEP));
    } else if (e.key === "+" || e.key === "=") go(zoomedAt(view(), middle, CLOSER));
    else if (e.key === "-") go(zoomedAt(view(), middle, 1 / CLOSER));
    else if (e.key === "0") showAll();
    else if (e.key === "Enter" && box) open(box);
    else if (e.key === " ") {
      const at = shown.boxes[0];
      if (!box && at) show(at.id);
    } else if (e.key === "Escape" && chosen !== null) setChosen(null);
    else return;
    e.preventDefault();
    e.stopPropagation();
  };

  const tableAt = (e: PointerEvent) => (e.target as Element).closest<SVGGElement>("[data-table]")?.dataset.table;
  const down = (e: PointerEvent) => {
    const id = tableAt(e);
    const fingers = e.pointerType === "touch";
    // A finger moves the plane; only a mouse or pen takes a table along.
    if (id && e.button === 0 && !fingers) held.current = { id, from: { x: e.clientX, y: e.clientY }, moved: false };
    else plane.pointer.onPointerDown(e);
  };
  const move = (e: PointerEvent) => {
    const hold = held.current;
    if (!hold) return plane.pointer.onPointerMove(e);
    const by = { x: (e.clientX - hold.from.x) / view().zoom, y: (e.clientY - hold.from.y) / view().zoom };
    if (!hold.moved && Math.hypot(by.x, by.y) * view().zoom < 4) return;
    if (!hold.moved) {
      hold.moved = true;
      plane.frame.current?.setPointerCapture(e.pointerId);
    }
    setDrag({ id: hold.id, by });
  };
  const up = (e: PointerEvent) => {
    const hold = held.current;
    held.current = null;
    if (!hold) {
      const pressed = !plane.dragged();
      plane.pointer.onPointerUp(e);
      if (pressed && e.type === "pointerup") setChosen(tableAt(e) ?? null);
      return;
    }
    const box = drawing.boxes.get(hold.id);
    if (!box) return;
    if (hold.moved && drag) onPlace(hold.id, { x: Math.round(box.x + drag.by.x), y: Math.round(box.y + drag.by.y) });
    else if ((e.target as Element).closest("[data-name]") && chosen === hold.id) open(box);
    else setChosen(hold.id);
    setDrag(null);
  };

  const box = chosen === null ? undefined : drawing.boxes.get(chosen);
  return (
    <div
      ref={plane.frame}
      className={classes.frame}
      role="application"
      aria-label={t("diagram.canvas")}
      aria-describedby="diagram-keys"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: keys move it
      tabIndex={0}
      onKeyDown={onKeyDown}
      onPointerDown={down}
      onPointerMove={move}
      onPointerUp={up}
      onPointerCancel={up}
      onDoubleClick={(e) => {
        const id = (e.target as Element).closest<SVGGElement>("[data-table]")?.dataset.table;
        const at = id === undefined ? undefined : drawing.boxes.get(id);
        if (at) open(at);
      }}
    >
      <span id="diagram-keys" hidden>
        {t("diagram.keys")}
      </span>
      <svg className={classes.svg} aria-hidden>
        <g ref={plane.ground}>
          {shown.lines.map((line) => {
            const lit = chosen !== null && (line.from.id === chosen || line.to.id === chosen);
            const at = drag && (line.from.id === drag.id || line.to.id === drag.id) ? dragged(line, drag) : line;
            return <EdgeLine key={line.id} line={at} far={far} lit={lit} dimmed={near !== null && !lit} />;
          })}
          {shown.boxes.map((one) => (
            <TableBox
              key={one.id}
              box={drag?.id === one.id ? { ...one, x: one.x + drag.by.x, y: one.y + drag.by.y } : one}
              far={far}
              many={many}
              selected={one.id === chosen}
              dimmed={near !== null && !near.has(one.id)}
            />
          ))}
        </g>
      </svg>
      <output className="mantine-visually-hidden" aria-live="polite">
        {box && t("diagram.at", { table: box.id, columns: box.table.width, count: (near?.size ?? 1) - 1 })}
      </output>
      {box && (
        <div
          className={classes.chosen}
          onPointerDown={(e) => e.stopPropagation()}
          onPointerUp={(e) => e.stopPropagation()}
        >
          <span className={classes.chosenName}>{many ? box.id : box.table.name}</span>
          <Button size="compact-xs" variant="light" onClick={() => open(box)}>
            {t("diagram.open")}
          </Button>
        </div>
      )}
      <div className={classes.zoom} onPointerDown={(e) => e.stopPropagation()} onPointerUp={(e) => e.stopPropagation()}>
        {(
          [
            ["closer", Plus, () => go(zoomedAt(view(), middle, CLOSER))],
            ["farther", Minus, () => go(zoomedAt(view(), middle, 1 / CLOSER))],
            ["fit", Maximize, showAll],
          ] as const
        ).map(([name, Icon, act]) => (
          <ActionIcon
            key={name}
            size={30}
            variant="subtle"
            color="gray"
            aria-label={t(`diagram.${name}`)}
            title={t(`diagram.${name}`)}
            onClick={act}
          >
            <Icon size={15} aria-hidden />
          </ActionIcon>
        ))}
      </div>
    </div>
  );
}

function dragged(line: Drawing["lines"][number], { id, by }: { id: string; by: Point }): Drawing["lines"][number] {
  const along = (box: Box): Box => (box.id === id ? { ...box, x: box.x + by.x, y: box.y + by.y } : box);
  const from = along(line.from);
  return { ...line, from, to: line.from === line.to ? from : along(line.to) };
}
