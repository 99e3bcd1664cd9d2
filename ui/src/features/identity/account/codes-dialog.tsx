import { Modal } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { RecoveryCodes } from "../steps/recovery-codes";

/** New recovery codes, shown this once. Closes only after saying that they were kept. */
export function CodesDialog({ codes, onDone }: { codes: readonly string[] | null; onDone: () => void }) {
  const { t } = useTranslation();
  if (!codes) return null;
  return (
    <Modal
      opened
      onClose={onDone}
      title={t("steps.codes")}
      closeOnClickOutside={false}
      closeOnEscape={false}
      withCloseButton={false}
    >
      <RecoveryCodes codes={codes} doneLabel={t("account.security.codesDone")} onDone={onDone} />
    </Modal>
  );
}
