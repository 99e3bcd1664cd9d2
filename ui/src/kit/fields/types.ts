// What every field type offers: an input for forms and a view for lists and detail pages.
import type { FieldMeta } from "~/lib/meta";

export interface FieldInputProps {
  field: FieldMeta;
  /** The collection the field belongs to; names its texts in the catalogues. */
  scope: string;
  id: string;
  label: string;
  help: string | null;
  value: unknown;
  onChange: (value: unknown) => void;
  error: string | null;
  disabled?: boolean;
  autoFocus?: boolean;
  autoComplete?: string;
}

export interface FieldViewProps {
  field: FieldMeta;
  scope: string;
  /** Never null: absent values are shown the same way for all types. */
  value: unknown;
  /** In a list: one line, short. */
  dense: boolean;
}
