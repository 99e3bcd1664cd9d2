/** What is on screen as a command, a request or a statement, to take along. */
import { ActionIcon, Menu, Tooltip } from "@mantine/core";
import { useClipboard } from "@mantine/hooks";
import { Braces, Check, Database, Globe, SquareTerminal, Terminal } from "lucide-react";
import { useTranslation } from "react-i18next";
import { toastDone, toastProblem } from "~/lib/toast";
import { type Asked, asCommand, asCurl, asTypeScript } from "./copy-as";

interface CopyAsProps {
  asked: Asked;
  /** The SQL of it, where there is one. */
  sql?: () => Promise<string>;
  /** Without a frame, between others of its kind. */
  quiet?: boolean;
}

export function CopyAs({ asked, sql, quiet }: CopyAsProps) {
  const { t } = useTranslation();
  const clipboard = useClipboard({ timeout: 1500 });
  const take = (text: string, kind: string) => {
    clipboard.copy(text);
    toastDone(t("copyAs.copied", { kind }));
  };
  const takeSql = async () => {
    try {
      take((await sql?.()) ?? "", "SQL");
    } catch (error) {
      toastProblem(error);
    }
  };
  const origin = window.location.origin;
  return (
    <Menu position="bottom-end" withinPortal>
      <Menu.Target>
        <Tooltip label={t("copyAs.button")}>
          <ActionIcon
            variant={quiet ? "subtle" : "default"}
            color={quiet ? "gray" : undefined}
            size={quiet ? 28 : 30}
            aria-label={t("copyAs.button")}
          >
            {clipboard.copied ? <Check size={14} aria-hidden /> : <Terminal size={14} aria-hidden />}
          </ActionIcon>
        </Tooltip>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{t("copyAs.button")}</Menu.Label>
        {sql && (
          <Menu.Item leftSection={<Database size={14} aria-hidden />} onClick={() => void takeSql()}>
            SQL
          </Menu.Item>
        )}
        <Menu.Item
          leftSection={<SquareTerminal size={14} aria-hidden />}
          onClick={() => take(asCommand(asked), t("copyAs.command"))}
        >
          {t("copyAs.command")}
        </Menu.Item>
        <Menu.Item leftSection={<Globe size={14} aria-hidden />} onClick={() => take(asCurl(asked, origin), "curl")}>
          curl
        </Menu.Item>
        <Menu.Item
          leftSection={<Braces size={14} aria-hidden />}
          onClick={() => take(asTypeScript(asked, origin), "TypeScript")}
        >
          TypeScript
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
