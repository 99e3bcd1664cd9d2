/** One field of a form: name, type, editor, NULL and default, what is wrong. */
import { Group } from "@mantine/core";
import { useId } from "react";
import { useTranslation } from "react-i18next";
import { SmallButton } from "~/kit/grid";
import { InvalidText } from "../edit/InvalidText";
import type { Draft } from "../editors/draft";
import { editorOf } from "../editors/registry";
import type { Column, ForeignKey } from "../model";
import { Marks } from "../table/columns";
import { shortType } from "../types-text";
import { ForeignPicker } from "./ForeignPicker";
import { type FormProblem, hasDefault } from "./form";
import classes from "./row.module.css";

interface FieldRowProps {
  source: string;
  column: Column;
  foreignKey: ForeignKey | undefined;
  draft: Draft;
  onDraft: (draft: Draft) => void;
  /** Found before sending. */
  problem: FormProblem | undefined;
  /** Said by the server. */
  refusal: string | null;
  /** Why the field can't be written; it is shown, but disabled. */
  disabledReason: string | null;
  /** Offers "default" (inserting). */
  withDefault?: boolean;
  changed?: boolean;
}

export function FieldRow(props: FieldRowProps) {
  const { column, foreignKey, draft, onDraft, problem, refusal, disabledReason } = props;
  const { t } = useTranslation();
  const id = useId();
  const { Input } = editorOf(column.category);
  const placeholder = draft.isDefault
    ? column.generated
      ? t("explorer.generated")
      : column.default !== null
        ? t("explorer.defaultValue", { value: column.default })
        : t("explorer.numbered")
    : undefined;
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset's legend can't stand beside its buttons
    <div
      className={classes.field}
      data-field={column.name}
      data-changed={props.changed || undefined}
      onKeyDown={(e) => {
        if (e.key !== "Backspace" || !(e.ctrlKey || e.metaKey) || !column.nullable || disabledReason) return;
        e.preventDefault();
        onDraft({ text: "", isNull: true });
      }}
      role="group"
      aria-labelledby={`${id}-label`}
    >
      <div className={classes.fieldHead}>
        <label id={`${id}-label`} htmlFor={id} className={classes.fieldLabel}>
          <Marks column={column} foreign={foreignKey !== undefined} t={t} />
          {column.name}
          <span className={classes.fieldType}>
            {shortType(column.type)}
            {!column.nullable && ` · ${t("explorer.notNull")}`}
          </span>
        </label>
        {!disabledReason && (
          <Group gap={2} wrap="nowrap">
            {props.withDefault && hasDefault(column) && (
              <SmallButton
                variant={draft.isDefault ? "light" : "subtle"}
                color="gray"
                c={draft.isDefault ? undefined : "dimmed"}
                aria-pressed={draft.isDefault ?? false}
                onClick={() => onDraft({ text: "", isNull: false, isDefault: true })}
              >
                {t("explorer.default")}
              </SmallButton>
            )}
            {column.nullable && (
              <SmallButton
                variant={draft.isNull ? "light" : "subtle"}
                color="gray"
                c={draft.isNull ? undefined : "dimmed"}
                aria-pressed={draft.isNull}
                title={t("explorer.setNullKey")}
                onClick={() => onDraft({ text: "", isNull: true })}
              >
                {t("explorer.null")}
              </SmallButton>
            )}
          </Group>
        )}
      </div>
      <div className={classes.fieldInput}>
        <div style={{ flex: 1, minWidth: 0 }}>
          <Input
            id={id}
            column={column}
            text={draft.text}
            isNull={draft.isNull}
            onText={(text) => onDraft({ text, isNull: false })}
            label={column.name}
            invalid={problem !== undefined || refusal !== null}
            disabled={disabledReason !== null}
            placeholder={placeholder}
          />
        </div>
        {foreignKey && !disabledReason && foreignKey.columns.length === 1 && (
          <ForeignPicker
            source={props.source}
            foreignKey={foreignKey}
            onPick={(text) => onDraft({ text, isNull: false })}
          />
        )}
      </div>
      {column.comment && <div className={classes.help}>{column.comment}</div>}
      {disabledReason && <div className={classes.help}>{disabledReason}</div>}
      {refusal ? (
        <div className={classes.error} role="alert">
          {refusal}
        </div>
      ) : (
        problem && <InvalidText code={problem.code} params={problem.params} />
      )}
    </div>
  );
}
