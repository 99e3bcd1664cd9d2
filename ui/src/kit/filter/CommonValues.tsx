/** The values that a column has most often, with their shares: one click away. */
import { Loader, Text, UnstyledButton } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { formatPercent } from "~/lib/format";
import classes from "./filter.module.css";
import type { OperatorChoice } from "./operators";
import type { FacetSource, FilterCondition } from "./types";

/** More would have to be read rather than seen. */
const SHOWN = 12;

interface CommonValuesProps {
  facets: FacetSource;
  choice: OperatorChoice;
  condition: FilterCondition;
  onChange: (next: FilterCondition) => void;
}

/** Whether the operand is one or several values as they are stored. */
export function takesValues(choice: OperatorChoice): boolean {
  return ["eq", "neq", "in"].includes(choice.op);
}

export function CommonValues({ facets, choice, condition, onChange }: CommonValuesProps) {
  const { t } = useTranslation();
  const found = useQuery({
    queryKey: facets.key,
    queryFn: ({ signal }) => facets.load(signal),
    staleTime: 60_000,
    retry: false,
  });
  if (found.isPending) return <Loader size="xs" aria-label={t("filter.common.loading")} />;
  // Nothing is wrong without them: a value can be typed.
  if (found.isError) return null;
  const { values, reason } = found.data;
  if (values.length === 0) {
    return reason ? (
      <Text size="xs" c="dimmed">
        {t("filter.common.none")}
      </Text>
    ) : null;
  }
  const many = choice.operands === "many";
  const chosen = many ? (condition.values ?? []) : [condition.value];
  const pick = (value: string) => {
    if (!many) return onChange({ ...condition, value });
    onChange({ ...condition, values: chosen.includes(value) ? chosen.filter((v) => v !== value) : [...chosen, value] });
  };
  return (
    <fieldset className={classes.common}>
      <legend className={classes.commonTitle}>{t("filter.common.title")}</legend>
      {values.slice(0, SHOWN).map(({ value, share }) => (
        <UnstyledButton
          key={value}
          className={classes.commonValue}
          aria-pressed={chosen.includes(value)}
          title={value}
          onClick={() => pick(value)}
        >
          <span className={classes.commonText}>{value === "" ? t("filter.common.empty") : value}</span>
          <span className={classes.commonShare}>{formatPercent(share)}</span>
        </UnstyledButton>
      ))}
    </fieldset>
  );
}
