import { Loader, Select } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "~/lib/api";
import { idOf, type Row, resourceNamed, titleOf, useMeta } from "~/lib/meta";
import { inputProps } from "../input-props";
import type { FieldInputProps } from "../types";
import { useRefTitle } from "./titles";

/** Picks an object of another collection by searching for it. */
export function RefField(props: FieldInputProps) {
  const { t } = useTranslation();
  const resource = resourceNamed(useMeta(), props.field.references ?? "");
  const [typed, setTyped] = useState("");
  const [search] = useDebouncedValue(typed, 200);
  const value = typeof props.value === "string" && props.value !== "" ? props.value : null;
  const chosen = useRefTitle(props.field.references, value);
  const asked = search !== chosen ? search.trim() : "";

  const filter = props.field.references_filter ?? "";
  const query = useQuery({
    queryKey: ["ref-search", props.field.references, filter, asked],
    queryFn: ({ signal }) =>
      api.list<Row>(`/${resource?.name}`, {
        query: [["limit", "30"], ...new URLSearchParams(filter), ...(asked ? [["search", asked] as const] : [])],
        signal,
      }),
    enabled: resource !== undefined,
    placeholderData: keepPreviousData,
  });

  const data = (query.data?.rows ?? []).map((row) => ({
    value: idOf(row),
    label: resource ? titleOf(resource, row) : idOf(row),
  }));
  if (value !== null && !data.some((option) => option.value === value)) data.unshift({ value, label: chosen ?? value });

  return (
    <Select
      {...inputProps(props)}
      data={data}
      searchable
      filter={({ options }) => options}
      clearable={props.field.nullable || !props.field.required}
      allowDeselect={false}
      searchValue={typed}
      onSearchChange={setTyped}
      value={value}
      onChange={(next) => props.onChange(next)}
      rightSection={query.isFetching ? <Loader size={14} /> : undefined}
      nothingFoundMessage={query.isError ? t("fields.refFailed") : t("fields.refNothing")}
    />
  );
}
