/** What can be done with a column: sort, filter, pin, move, fit, hide. */
import { Kbd, Menu } from "@mantine/core";
import {
  ArrowDown,
  ArrowLeft,
  ArrowRight,
  ArrowUp,
  EyeOff,
  Filter,
  MoveHorizontal,
  Pin,
  PinOff,
  X,
} from "lucide-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { GridColumn, SortTerm } from "./types";

export interface HeaderMenuActions {
  sort: (desc: boolean | null, add: boolean) => void;
  pin: (pinned: boolean) => void;
  move: (by: -1 | 1) => void;
  hide: () => void;
  fit: () => void;
  filter?: () => void;
}

interface HeaderMenuProps<Row> {
  column: GridColumn<Row>;
  pinned: boolean;
  term: SortTerm | undefined;
  /** Other columns are sorted too. */
  multi: boolean;
  opened: boolean;
  onChange: (open: boolean) => void;
  actions: HeaderMenuActions;
  children: ReactNode;
}

export function HeaderMenu<Row>({
  column,
  pinned,
  term,
  multi,
  opened,
  onChange,
  actions,
  children,
}: HeaderMenuProps<Row>) {
  const { t } = useTranslation();
  return (
    <Menu opened={opened} onChange={onChange} position="bottom-start" width={230} withinPortal returnFocus>
      <Menu.Target>{children}</Menu.Target>
      <Menu.Dropdown>
        {column.sortable && (
          <>
            <Menu.Item leftSection={<ArrowUp size={14} />} onClick={() => actions.sort(false, false)}>
              {t("grid.sortAscending")}
            </Menu.Item>
            <Menu.Item leftSection={<ArrowDown size={14} />} onClick={() => actions.sort(true, false)}>
              {t("grid.sortDescending")}
            </Menu.Item>
            {multi && (
              <Menu.Item
                leftSection={<ArrowUp size={14} />}
                rightSection={<Kbd size="xs">⇧</Kbd>}
                onClick={() => actions.sort(false, true)}
              >
                {t("grid.sortAlso")}
              </Menu.Item>
            )}
            {term && (
              <Menu.Item leftSection={<X size={14} />} onClick={() => actions.sort(null, true)}>
                {t("grid.sortClear")}
              </Menu.Item>
            )}
            <Menu.Divider />
          </>
        )}
        {actions.filter && (
          <Menu.Item leftSection={<Filter size={14} />} onClick={actions.filter}>
            {t("grid.filterColumn")}
          </Menu.Item>
        )}
        <Menu.Item leftSection={pinned ? <PinOff size={14} /> : <Pin size={14} />} onClick={() => actions.pin(!pinned)}>
          {pinned ? t("grid.unpin") : t("grid.pin")}
        </Menu.Item>
        <Menu.Item leftSection={<ArrowLeft size={14} />} onClick={() => actions.move(-1)}>
          {t("grid.moveLeft")}
        </Menu.Item>
        <Menu.Item leftSection={<ArrowRight size={14} />} onClick={() => actions.move(1)}>
          {t("grid.moveRight")}
        </Menu.Item>
        <Menu.Item leftSection={<MoveHorizontal size={14} />} onClick={actions.fit}>
          {t("grid.fit")}
        </Menu.Item>
        {column.hideable !== false && (
          <Menu.Item leftSection={<EyeOff size={14} />} onClick={actions.hide}>
            {t("grid.hide")}
          </Menu.Item>
        )}
      </Menu.Dropdown>
    </Menu>
  );
}
