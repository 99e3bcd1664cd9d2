// Whose platform it is. Pages of people who use a platform carry its name, not that of the panel behind it.
import { Text } from "@mantine/core";
import classes from "./brand.module.css";

interface BrandProps {
  /** Nothing until it is known. */
  name: string;
  size?: number;
}

export function Brand({ name, size = 24 }: BrandProps) {
  return (
    <div className={classes.brand} style={{ minHeight: size }}>
      {name !== "" && (
        <>
          <span className={classes.mark} style={{ width: size, height: size, fontSize: size * 0.55 }} aria-hidden>
            {initial(name)}
          </span>
          <Text fw={600} fz={14} truncate>
            {name}
          </Text>
        </>
      )}
    </div>
  );
}

/** The first letter or digit, as people see it. */
function initial(name: string): string {
  return (name.match(/[\p{L}\p{N}]/u)?.[0] ?? "·").toLocaleUpperCase();
}
