/** The way to the list of tables where it isn't on screen: on small screens and when it was folded away. */
import { ActionIcon, Tooltip } from "@mantine/core";
import { PanelLeftOpen } from "lucide-react";
import { createContext, useContext } from "react";
import { useTranslation } from "react-i18next";

/** Opens the list; null while it is on screen anyway. */
export const TreeContext = createContext<(() => void) | null>(null);

export function TreeButton() {
  const { t } = useTranslation();
  const open = useContext(TreeContext);
  if (!open) return null;
  return (
    <Tooltip label={t("explorer.showTree")}>
      <ActionIcon
        size={30}
        variant="default"
        aria-label={t("explorer.showTree")}
        onClick={open}
        style={{ flex: "none" }}
      >
        <PanelLeftOpen size={15} />
      </ActionIcon>
    </Tooltip>
  );
}
