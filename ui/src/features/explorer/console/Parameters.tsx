/** The values of the parameters that the text names; bound by PostgreSQL, never put into the text. */
import { ActionIcon, TextInput, Tooltip } from "@mantine/core";
import { CircleSlash } from "lucide-react";
import { useTranslation } from "react-i18next";
import classes from "./console.module.css";

interface ParametersProps {
  names: readonly string[];
  values: Readonly<Record<string, string | null>>;
  onValue: (name: string, value: string | null) => void;
}

export function Parameters({ names, values, onValue }: ParametersProps) {
  const { t } = useTranslation();
  return (
    <fieldset className={classes.parameters}>
      <legend className={classes.legend}>{t("explorer.sql.parameters")}</legend>
      {names.map((name) => {
        const value = values[name];
        const shown = /^\d/.test(name) ? `$${name}` : `:${name}`;
        return (
          <TextInput
            key={name}
            size="xs"
            leftSection={<span className={classes.parameter}>{shown}</span>}
            leftSectionWidth={Math.max(34, shown.length * 8 + 12)}
            aria-label={shown}
            placeholder={t(
              value === null ? "explorer.null" : value === "" ? "explorer.emptyText" : "explorer.sql.value",
            )}
            value={value ?? ""}
            onChange={(e) => onValue(name, e.currentTarget.value)}
            rightSection={
              <Tooltip label={t("explorer.setNull")}>
                <ActionIcon
                  size={20}
                  variant={value === null ? "light" : "subtle"}
                  color="gray"
                  aria-pressed={value === null}
                  aria-label={t("explorer.setNull")}
                  onClick={() => onValue(name, null)}
                >
                  <CircleSlash size={12} />
                </ActionIcon>
              </Tooltip>
            }
          />
        );
      })}
    </fieldset>
  );
}
