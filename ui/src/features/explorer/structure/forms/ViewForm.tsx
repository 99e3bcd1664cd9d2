/** A view: new, or with another query. */
import { Select, Stack, Switch, Textarea, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { ChangeDrawer } from "../ChangeDrawer";
import plan from "../plan.module.css";
import { type Change, sourceSchemaQuery } from "../schema";

interface ViewFormProps {
  source: string;
  /** The one whose query is changed; a new one without. */
  view?: { schema: string; name: string; query: string; invoker: boolean };
  onClose: () => void;
  onMade?: (schema: string, view: string) => void;
}

export function ViewForm({ source, view, onClose, onMade }: ViewFormProps) {
  const { t } = useTranslation();
  const facts = useQuery(sourceSchemaQuery(source));
  const spaces = (facts.data?.schemas ?? []).map((one) => one.name);
  const [chosen, setSchema] = useState<string | null>(view?.schema ?? null);
  const schema = chosen ?? (spaces.includes("public") ? "public" : spaces[0]) ?? "public";
  const [name, setName] = useState(view?.name ?? "");
  const [query, setQuery] = useState(view?.query ?? "");
  const [invoker, setInvoker] = useState(view?.invoker ?? true);
  const touched = query !== (view?.query ?? "") || invoker !== (view?.invoker ?? true);
  const changes: Change[] | null =
    name && query.trim() && touched
      ? [{ change: "create_view", schema, name, query, invoker, replace: view !== undefined }]
      : null;
  return (
    <ChangeDrawer
      source={source}
      title={view ? t("explorer.schema.editView", { view: view.name }) : t("explorer.schema.newView")}
      changes={changes}
      dirty={touched}
      apply={view ? t("explorer.schema.apply") : t("explorer.schema.createView")}
      onClose={onClose}
      onDone={() => onMade?.(schema, name)}
    >
      {(error) => (
        <Stack gap={14}>
          {!view && (
            <>
              <TextInput
                label={t("explorer.schema.name")}
                withAsterisk
                data-autofocus
                value={name}
                onChange={(e) => setName(e.currentTarget.value)}
                error={error("name")}
              />
              <Select
                label={t("explorer.schema.schema")}
                data={spaces.length > 0 ? spaces : [schema]}
                value={schema}
                allowDeselect={false}
                onChange={setSchema}
                error={error("schema")}
              />
            </>
          )}
          <Textarea
            label={t("explorer.schema.query")}
            classNames={{ input: plan.mono }}
            autosize
            minRows={5}
            maxRows={16}
            placeholder="select id, title from album where price < 5"
            value={query}
            onChange={(e) => setQuery(e.currentTarget.value)}
            error={error("query")}
          />
          <Switch
            label={t("explorer.schema.invoker")}
            description={t("explorer.schema.invokerHelp")}
            checked={invoker}
            onChange={(e) => setInvoker(e.currentTarget.checked)}
          />
        </Stack>
      )}
    </ChangeDrawer>
  );
}
