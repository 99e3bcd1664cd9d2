/** The frame of the explorer: tables at the left (a drawer on small screens), the open one beside. */
import { ActionIcon, Drawer, Tooltip } from "@mantine/core";
import { useDisclosure, useLocalStorage, useMediaQuery } from "@mantine/hooks";
import { Outlet, useParams } from "@tanstack/react-router";
import { PanelLeftClose } from "lucide-react";
import { type PointerEvent, useRef } from "react";
import { useTranslation } from "react-i18next";
import { useAddress } from "~/kit/resource/address";
import classes from "./explorer.module.css";
import type { TableRef } from "./model";
import { NewMenu } from "./tree/NewMenu";
import { SourcePicker } from "./tree/SourcePicker";
import { TablesTree } from "./tree/TablesTree";
import { TreeContext } from "./tree/TreeButton";

const NARROWEST = 180;
const WIDEST = 560;

export function useCurrentTable(): { source: string; current: TableRef | undefined } {
  const params = useParams({ strict: false }) as Partial<TableRef>;
  const address = useAddress();
  const { source, schema, table } = params;
  const current = source && schema && table ? { source, schema, table } : undefined;
  return { source: source ?? address.get("source") ?? "main", current };
}

export function ExplorerLayout() {
  const { t } = useTranslation();
  const { source, current } = useCurrentTable();
  const small = useMediaQuery("(max-width: 48em)", undefined, { getInitialValueInEffect: false });
  const [drawer, { open, close }] = useDisclosure(false);
  const [shown, setShown] = useLocalStorage({
    key: "quarterdeck.tree",
    defaultValue: true,
    getInitialValueInEffect: false,
  });
  const [width, setWidth] = useLocalStorage({
    key: "quarterdeck.treeWidth",
    defaultValue: 248,
    getInitialValueInEffect: false,
  });

  const tree = (
    <nav className={classes.tree} aria-label={t("explorer.tables")}>
      <div className={classes.treeHead}>
        <SourcePicker source={source} />
        <NewMenu key={source} source={source} />
        {!small && (
          <Tooltip label={t("explorer.hideTree")}>
            <ActionIcon
              size={28}
              variant="subtle"
              color="gray"
              aria-label={t("explorer.hideTree")}
              onClick={() => setShown(false)}
            >
              <PanelLeftClose size={15} />
            </ActionIcon>
          </Tooltip>
        )}
      </div>
      <TablesTree key={source} source={source} current={current} onPick={close} />
    </nav>
  );
  return (
    <div className={classes.layout}>
      {small ? (
        <Drawer
          opened={drawer}
          onClose={close}
          size="min(320px, 85vw)"
          title={t("explorer.tables")}
          padding={0}
          styles={{ header: { paddingInline: 16 } }}
        >
          {tree}
        </Drawer>
      ) : (
        shown && (
          <>
            <div className={classes.side} style={{ width }}>
              {tree}
            </div>
            <Divider width={width} onWidth={setWidth} />
          </>
        )
      )}
      <div className={classes.main}>
        <TreeContext value={small ? open : shown ? null : () => setShown(true)}>
          <Outlet />
        </TreeContext>
      </div>
    </div>
  );
}

/** The line between tree and table; drag it or use the arrow keys. */
function Divider({ width, onWidth }: { width: number; onWidth: (width: number) => void }) {
  const { t } = useTranslation();
  const start = useRef<{ x: number; width: number } | null>(null);
  const set = (next: number) => onWidth(Math.round(Math.max(NARROWEST, Math.min(WIDEST, next))));
  const move = (e: PointerEvent) => start.current && set(start.current.width + e.clientX - start.current.x);
  return (
    // biome-ignore lint/a11y/useSemanticElements: a separator that moves is a control; an <hr> can't be one
    <div
      role="separator"
      aria-orientation="vertical"
      aria-label={t("explorer.treeWidth")}
      aria-valuenow={width}
      aria-valuemin={NARROWEST}
      aria-valuemax={WIDEST}
      tabIndex={0}
      className={classes.divider}
      onPointerDown={(e) => {
        start.current = { x: e.clientX, width };
        e.currentTarget.setPointerCapture(e.pointerId);
      }}
      onPointerMove={move}
      onPointerUp={() => {
        start.current = null;
      }}
      onKeyDown={(e) => {
        if (e.key === "ArrowLeft") set(width - 16);
        else if (e.key === "ArrowRight") set(width + 16);
        else return;
        e.preventDefault();
      }}
    />
  );
}
