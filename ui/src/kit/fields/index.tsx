// Every field type of the registry, with its input and its view.
import type { ComponentType } from "react";
import type { FieldMeta, FieldType } from "~/lib/meta";
import { NullValue } from "~/primitives/null-value";
import { BigintField } from "./bigint/input";
import { BigintView } from "./bigint/view";
import { BoolField } from "./bool/input";
import { BoolView } from "./bool/view";
import { BytesField } from "./bytes/input";
import { BytesView } from "./bytes/view";
import { DateField } from "./date/input";
import { DateView } from "./date/view";
import { DatetimeField } from "./datetime/input";
import { DatetimeView } from "./datetime/view";
import { DurationField } from "./duration/input";
import { DurationView } from "./duration/view";
import { EmailField } from "./email/input";
import { EmailView } from "./email/view";
import { EnumField } from "./enum/input";
import { EnumView } from "./enum/view";
import { IntField } from "./int/input";
import { IntView } from "./int/view";
import { JsonField } from "./json/input";
import { JsonView } from "./json/view";
import { ListField } from "./list/input";
import { ListView } from "./list/view";
import { LongTextField } from "./long_text/input";
import { LongTextView } from "./long_text/view";
import { MoneyField } from "./money/input";
import { MoneyView } from "./money/view";
import { NumericField } from "./numeric/input";
import { NumericView } from "./numeric/view";
import { PasswordField } from "./password/input";
import { PasswordView } from "./password/view";
import { RecordsField } from "./records/input";
import { RecordsView } from "./records/view";
import { RefField } from "./ref/input";
import { RefView } from "./ref/view";
import { TextField } from "./text/input";
import { TextView } from "./text/view";
import type { FieldInputProps, FieldViewProps } from "./types";
import { UrlField } from "./url/input";
import { UrlView } from "./url/view";
import { UuidField } from "./uuid/input";
import { UuidView } from "./uuid/view";

export type { FieldInputProps, FieldViewProps };

interface FieldKind {
  input: ComponentType<FieldInputProps>;
  view: ComponentType<FieldViewProps>;
}

const KINDS: Record<FieldType, FieldKind> = {
  text: { input: TextField, view: TextView },
  long_text: { input: LongTextField, view: LongTextView },
  email: { input: EmailField, view: EmailView },
  url: { input: UrlField, view: UrlView },
  bool: { input: BoolField, view: BoolView },
  int: { input: IntField, view: IntView },
  bigint: { input: BigintField, view: BigintView },
  numeric: { input: NumericField, view: NumericView },
  money: { input: MoneyField, view: MoneyView },
  date: { input: DateField, view: DateView },
  datetime: { input: DatetimeField, view: DatetimeView },
  duration: { input: DurationField, view: DurationView },
  enum: { input: EnumField, view: EnumView },
  ref: { input: RefField, view: RefView },
  uuid: { input: UuidField, view: UuidView },
  json: { input: JsonField, view: JsonView },
  bytes: { input: BytesField, view: BytesView },
  list: { input: ListField, view: ListView },
  password: { input: PasswordField, view: PasswordView },
};

const NUMBERS: ReadonlySet<FieldType> = new Set(["int", "bigint", "numeric", "money", "duration"]);

/** Numbers line up on the right. */
export function isNumber(type: FieldType): boolean {
  return NUMBERS.has(type);
}

export function FieldInput(props: FieldInputProps) {
  if (props.field.items?.length) return <RecordsField {...props} one={FieldInput} />;
  // A type this panel doesn't know yet (a newer server) is still editable as text.
  const Input = KINDS[props.field.type]?.input ?? TextField;
  return <Input {...props} />;
}

interface FieldValueProps {
  field: FieldMeta;
  scope: string;
  value: unknown;
  dense?: boolean;
}

export function FieldValue({ field, scope, value, dense = false }: FieldValueProps) {
  if (value === null || value === undefined || (Array.isArray(value) && value.length === 0 && field.type === "list"))
    return <NullValue />;
  if (value === "•••") return <PasswordView />;
  if (field.items?.length)
    return <RecordsView field={field} scope={scope} value={value} dense={dense} one={FieldValue} />;
  const View = KINDS[field.type]?.view ?? TextView;
  return <View field={field} scope={scope} value={value} dense={dense} />;
}
