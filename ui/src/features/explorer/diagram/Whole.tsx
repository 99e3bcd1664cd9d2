/** A whole diagram at once, for a file. */
import type { Drawing } from "./diagram";
import { EdgeLine, TableBox } from "./Picture";

export function Whole({ drawing, many }: { drawing: Drawing; many: boolean }) {
  return (
    <svg aria-hidden>
      {drawing.lines.map((line) => (
        <EdgeLine key={line.id} line={line} far={false} lit={false} dimmed={false} />
      ))}
      {[...drawing.boxes.values()].map((box) => (
        <TableBox key={box.id} box={box} far={false} many={many} selected={false} dimmed={false} />
      ))}
    </svg>
  );
}
