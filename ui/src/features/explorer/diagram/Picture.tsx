/** What is drawn of a diagram: tables with their columns, and lines with how many rows stand at each end. */
import { memo } from "react";
import { type Box, HEAD, LINE, type Line, wayOf } from "./diagram";
import classes from "./diagram.module.css";

/** Below this columns can't be read, and names are drawn larger. */
export const READABLE = 0.4;

const ICONS: Partial<Record<Box["table"]["kind"], string>> = { view: "◇", materialized_view: "◆", foreign: "⇄" };

function shortened(text: string, most: number): string {
  return text.length > most ? `${text.slice(0, most - 1)}…` : text;
}

interface TableBoxProps {
  box: Box;
  far: boolean;
  many: boolean;
  selected: boolean;
  dimmed: boolean;
}

export const TableBox = memo(function TableBox({ box, far, many, selected, dimmed }: TableBoxProps) {
  const { table } = box;
  const name = many && table.schema !== "public" ? `${table.schema}.${table.name}` : table.name;
  return (
    <g
      id={`table-${box.id}`}
      data-table={box.id}
      transform={`translate(${box.x} ${box.y})`}
      className={classes.table}
      data-selected={selected || undefined}
      data-dimmed={dimmed || undefined}
    >
      <title>{table.comment ?? `${table.schema}.${table.name}`}</title>
      <rect className={classes.body} width={box.width} height={box.height} rx={6} />
      {far ? (
        <text className={classes.far} x={box.width / 2} y={Math.min(box.height / 2, 60)} textAnchor="middle">
          {shortened(name, 15)}
        </text>
      ) : (
        <>
          <path
            className={classes.headline}
            d={
              box.height > HEAD
                ? `M0 ${HEAD}V6A6 6 0 0 1 6 0H${box.width - 6}A6 6 0 0 1 ${box.width} 6V${HEAD}Z`
                : `M0 6A6 6 0 0 1 6 0H${box.width - 6}A6 6 0 0 1 ${box.width} 6V${HEAD - 6}A6 6 0 0 1 ${box.width - 6} ${HEAD}H6A6 6 0 0 1 0 ${HEAD - 6}Z`
            }
          />
          <text className={classes.name} x={10} y={21} data-name>
            {ICONS[table.kind] ? `${ICONS[table.kind]} ` : ""}
            {shortened(name, 28)}
          </text>
          {box.lines.map((column, n) => (
            <g key={column.name} transform={`translate(0 ${HEAD + 3 + n * LINE})`}>
              <text className={classes.mark} x={10} y={15}>
                {column.key ? "PK" : box.pointing.has(column.name) ? "FK" : ""}
              </text>
              <text className={classes.column} x={28} y={15} data-key={column.key || undefined}>
                {shortened(column.name, 17)}
              </text>
              <text className={classes.type} x={box.width - 10} y={15} textAnchor="end">
                {shortened(column.type, 13)}
                {column.nullable ? "?" : ""}
              </text>
            </g>
          ))}
          {box.rest > 0 && (
            <text className={classes.type} x={28} y={HEAD + 3 + box.lines.length * LINE + 15}>
              +{box.rest}
            </text>
          )}
        </>
      )}
      <rect width={box.width} height={box.height} rx={6} />
    </g>
  );
});

interface EdgeProps {
  line: Line;
  far: boolean;
  lit: boolean;
  dimmed: boolean;
}

/** A crow's foot where many rows point, a bar where one does; a ring where a row may point to none. */
export const EdgeLine = memo(function EdgeLine({ line, far, lit, dimmed }: EdgeProps) {
  const { path, from, to } = wayOf(line);
  const { unique, optional, name } = line.reference;
  const foot = `M${from.x} ${from.y - 6}L${from.x + from.side * 11} ${from.y}L${from.x} ${from.y + 6}`;
  const bar = (at: typeof from, far: number) => `M${at.x + at.side * far} ${at.y - 5}v10`;
  return (
    <g
      className={classes.edge}
      data-far={far || undefined}
      data-lit={lit || undefined}
      data-dimmed={dimmed || undefined}
      data-line={line.id}
    >
      <title>{name}</title>
      <path d={path} className={classes.line} />
      {!far && (
        <>
          <path d={unique ? bar(from, 7) : foot} className={classes.line} />
          {optional ? (
            <circle cx={to.x + to.side * 8} cy={to.y} r={3.5} className={classes.ring} />
          ) : (
            <path d={bar(to, 7)} className={classes.line} />
          )}
        </>
      )}
    </g>
  );
});
