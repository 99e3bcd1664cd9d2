// The permission matrix: rows are resources grouped by room, columns their verbs. Each cell says whether the role gives
// it itself, has it from a role it extends, takes it away, or says nothing. Arrow keys move between cells.
import { SegmentedControl, Switch, Text, TextInput, Title } from "@mantine/core";
import { Check, Minus, Search } from "lucide-react";
import { type KeyboardEvent, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { humanize, useLabels } from "~/lib/labels";
import { type PermissionMeta, resourceNamed, useMeta } from "~/lib/meta";
import { NoMatch } from "~/primitives/states";
import classes from "./matrix.module.css";
import {
  type Ancestor,
  allowed,
  decide,
  isOff,
  keeps,
  LEVELS,
  type Level,
  lockedBy,
  switchFeature,
  toggle,
  toggleResource,
} from "./patterns";

interface MatrixProps {
  own: string[];
  chain: Ancestor[];
  /** Those that mean something in the role's scope. */
  permissions: PermissionMeta[];
  /** What the person who edits may give; nobody gives more. */
  holds: (permission: string) => boolean;
  /** Members have a level on top of the role, which may take away what it gives. */
  leveled: boolean;
  /** null: only to look at. */
  onChange: ((own: string[]) => void) | null;
}

interface Line {
  resource: string;
  label: string;
  permissions: PermissionMeta[];
}

const COLUMNS = ["read", "create", "update", "delete"] as const;
const resourceOf = (permission: PermissionMeta) => permission.name.split(":")[0] ?? permission.name;
const verbOf = (permission: PermissionMeta) => permission.name.split(":")[1] ?? permission.name;

export function Matrix({ own, chain, permissions, holds, leveled, onChange }: MatrixProps) {
  const { t } = useTranslation();
  const meta = useMeta();
  const labels = useLabels();
  const [search, setSearch] = useState("");
  const [level, setLevel] = useState<Level>("admin");
  const [active, setActive] = useState<string | null>(null);
  const grid = useRef<HTMLDivElement>(null);
  const all = useMemo(() => permissions.map((one) => one.name), [permissions]);

  const rooms = useMemo(() => {
    const wanted = search.trim().toLowerCase();
    const found: { name: string; label: string; lines: Line[] }[] = [];
    for (const module of meta.modules) {
      const lines = new Map<string, Line>();
      for (const permission of permissions.filter((one) => one.module === module.name)) {
        const resource = resourceOf(permission);
        const known = resourceNamed(meta, resource);
        const label = known
          ? labels.resource(known)
          : t(`roles.resources.${resource}`, { defaultValue: humanize(resource) });
        const line = lines.get(resource) ?? { resource, label, permissions: [] };
        line.permissions.push(permission);
        lines.set(resource, line);
      }
      const shown = [...lines.values()].filter(
        (line) =>
          wanted === "" ||
          line.label.toLowerCase().includes(wanted) ||
          line.permissions.some((one) => one.name.includes(wanted) || one.allows.toLowerCase().includes(wanted)),
      );
      if (shown.length > 0) found.push({ name: module.name, label: labels.module(module), lines: shown });
    }
    return found;
  }, [meta, permissions, labels, search, t]);

  const first = rooms[0]?.lines[0]?.permissions[0]?.name ?? null;
  const stop =
    active !== null && rooms.some((room) => room.lines.some((l) => l.permissions.some((p) => p.name === active)))
      ? active
      : first;

  const onKeyDown = (event: KeyboardEvent) => {
    const step = { ArrowRight: [0, 1], ArrowLeft: [0, -1], ArrowDown: [1, 0], ArrowUp: [-1, 0] }[event.key];
    const here = (event.target as HTMLElement).closest<HTMLElement>("[data-cell]");
    if (!step || !here || !grid.current) return;
    event.preventDefault();
    const lines = [...grid.current.querySelectorAll<HTMLElement>("[data-line]")].map((line) => [
      ...line.querySelectorAll<HTMLElement>("[data-cell]"),
    ]);
    const row = lines.findIndex((line) => line.includes(here));
    const column = lines[row]?.indexOf(here) ?? 0;
    const line = lines[row + (step[0] ?? 0)];
    line?.[Math.max(0, Math.min(column + (step[1] ?? 0), line.length - 1))]?.focus();
  };

  const cell = (permission: PermissionMeta, named: boolean) => {
    const { name } = permission;
    const decision = decide(name, own, chain);
    const locked = lockedBy(name, chain);
    const state = t(`roles.states.${decision.state}`);
    const from =
      decision.pattern === null
        ? null
        : decision.by === null
          ? t("roles.byPattern", { pattern: decision.pattern })
          : t("roles.byRole", { role: decision.by, pattern: decision.pattern });
    const why =
      onChange === null
        ? null
        : locked !== null
          ? t("roles.lockedBy", { role: locked })
          : holds(name)
            ? null
            : t("roles.notHeld");
    const on = decision.state === "given" || decision.state === "inherited";
    const capped = on && leveled && !keeps(level, permission);
    const cap = capped ? t("roles.cappedBy", { level: t(`roles.levels.${level}`) }) : null;
    const verb = t(`roles.verbs.${verbOf(permission)}`, { defaultValue: humanize(verbOf(permission)) });
    // What can be read in the cell belongs to its name, also where the act is called something else.
    const called = named && !permission.allows.toLowerCase().includes(verb.toLowerCase()) ? verb : null;
    const words = [permission.allows, called, state, from, cap, why].filter(Boolean).join(" · ");
    return (
      <button
        key={name}
        type="button"
        aria-pressed={on}
        aria-label={words}
        aria-disabled={onChange === null || why !== null}
        title={`${name}\n${words}`}
        className={classes.cell}
        data-cell={name}
        data-state={decision.state}
        data-named={named || undefined}
        data-capped={capped || undefined}
        tabIndex={stop === name ? 0 : -1}
        onFocus={() => setActive(name)}
        onClick={() => why === null && onChange?.(toggle(own, chain, name, !on, all))}
      >
        <span className={classes.box} aria-hidden>
          {on ? (
            <Check size={12} strokeWidth={3} />
          ) : decision.state === "taken" ? (
            <Minus size={12} strokeWidth={3} />
          ) : null}
        </span>
        <span className={classes.verb}>{verb}</span>
      </button>
    );
  };

  return (
    <div className={classes.matrix}>
      <div className={classes.tools}>
        <TextInput
          value={search}
          onChange={(event) => setSearch(event.currentTarget.value)}
          placeholder={t("roles.search")}
          aria-label={t("roles.search")}
          leftSection={<Search size={14} aria-hidden />}
          className={classes.search}
        />
        {leveled && (
          <SegmentedControl
            size="xs"
            aria-label={t("roles.level")}
            data={LEVELS.map((value) => ({ value, label: t(`roles.levels.${value}`) }))}
            value={level}
            onChange={(value) => setLevel(value as Level)}
          />
        )}
        <ul className={classes.legend} aria-label={t("roles.legend")}>
          {(["given", "inherited", "taken", "none"] as const).map((state) => (
            <li key={state} data-state={state}>
              <span className={classes.box} aria-hidden>
                {state === "taken" ? (
                  <Minus size={12} strokeWidth={3} />
                ) : state === "none" ? null : (
                  <Check size={12} strokeWidth={3} />
                )}
              </span>
              {t(`roles.states.${state}`)}
            </li>
          ))}
        </ul>
      </div>
      {leveled && level !== "admin" && (
        <Text fz={12} c="dimmed" role="status" mb={8}>
          {t(`roles.levelText.${level}`)}
        </Text>
      )}
      {rooms.length === 0 && <NoMatch onClear={() => setSearch("")} />}
      {/* biome-ignore lint/a11y/noStaticElementInteractions: the cells in it take the focus; arrows move between them */}
      <div ref={grid} onKeyDown={onKeyDown}>
        {rooms.map((room) => {
          const resources = [...new Set(permissions.filter((one) => one.module === room.name).map(resourceOf))];
          const off = isOff(own, chain, resources);
          const fixed = isOff([], chain, resources);
          const mine = permissions.filter((one) => one.module === room.name).every((one) => holds(one.name));
          return (
            <section key={room.name} className={classes.room} data-off={off || undefined}>
              <header className={classes.head}>
                <Title order={3} fz={14}>
                  {room.label}
                </Title>
                <Switch
                  size="xs"
                  checked={!off}
                  disabled={onChange === null || fixed || !mine}
                  label={off ? t("roles.featureOff") : t("roles.featureOn")}
                  labelPosition="left"
                  aria-label={t("roles.feature", { room: room.label })}
                  onChange={(event) => onChange?.(switchFeature(own, resources, event.currentTarget.checked))}
                />
              </header>
              <div className={classes.columns} aria-hidden>
                <span />
                {COLUMNS.map((verb) => (
                  <span key={verb}>{t(`roles.verbs.${verb}`)}</span>
                ))}
                <span>{t("roles.others")}</span>
              </div>
              {room.lines.map((line) => {
                const on = line.permissions.every((one) => allowed(one.name, own, chain));
                const may = onChange !== null && line.permissions.every((one) => holds(one.name));
                return (
                  // biome-ignore lint/a11y/useSemanticElements: a fieldset would draw its legend across the row
                  <div key={line.resource} className={classes.line} data-line role="group" aria-label={line.label}>
                    <button
                      type="button"
                      className={classes.name}
                      disabled={!may}
                      title={may ? (on ? t("roles.takeAll") : t("roles.giveAll")) : undefined}
                      onClick={() => onChange?.(toggleResource(own, chain, line.resource, !on, all))}
                    >
                      {line.label}
                    </button>
                    {COLUMNS.map((verb) => {
                      const permission = line.permissions.find((one) => verbOf(one) === verb);
                      return permission ? cell(permission, false) : <span key={verb} className={classes.gap} />;
                    })}
                    <div className={classes.others}>
                      {line.permissions
                        .filter((one) => !(COLUMNS as readonly string[]).includes(verbOf(one)))
                        .map((one) => cell(one, true))}
                    </div>
                  </div>
                );
              })}
            </section>
          );
        })}
      </div>
      <Text fz={12} c="dimmed" className={classes.hint}>
        {t("roles.keys")}
      </Text>
    </div>
  );
}
