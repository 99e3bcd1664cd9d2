import type { ReactNode } from "react";
import classes from "./key-facts.module.css";

export interface Fact {
  key: string;
  label: string;
  value: ReactNode;
}

/** The few things worth knowing about an object, in one strip. */
export function KeyFacts({ facts }: { facts: Fact[] }) {
  return (
    <dl className={classes.strip}>
      {facts.map((fact) => (
        <div key={fact.key} className={classes.fact}>
          <dt className={classes.label}>{fact.label}</dt>
          <dd className={classes.value}>{fact.value}</dd>
        </div>
      ))}
    </dl>
  );
}

/** Label and value under each other, two columns where there is room: the body of a detail page. */
export function FactList({ facts }: { facts: Fact[] }) {
  return (
    <dl className={classes.list}>
      {facts.map((fact) => (
        <div key={fact.key} className={classes.row}>
          <dt className={classes.label}>{fact.label}</dt>
          <dd className={classes.value}>{fact.value}</dd>
        </div>
      ))}
    </dl>
  );
}
