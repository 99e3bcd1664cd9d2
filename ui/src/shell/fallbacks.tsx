// What stands on screen while the panel starts, when an address leads nowhere, and when a page breaks.
import { Anchor, Button, Center, Code, Loader } from "@mantine/core";
import { useQueryErrorResetBoundary } from "@tanstack/react-query";
import { type ErrorComponentProps, Link, useRouter } from "@tanstack/react-router";
import { SearchX, TriangleAlert } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Problem } from "~/lib/problem";
import { useSurface } from "~/lib/surface";
import { Failed, StateBlock } from "~/primitives/states";

export function Booting() {
  const { t } = useTranslation();
  return (
    <Center h="60vh" role="status" aria-label={t("states.loading")}>
      <Loader size={20} color="gray" />
    </Center>
  );
}

export function NoSuchPage() {
  const { t } = useTranslation();
  const { base } = useSurface();
  return (
    <Center mih="60vh">
      <StateBlock
        icon={<SearchX size={20} aria-hidden />}
        title={t("shell.noSuchPage")}
        action={
          <Anchor component={Link} to={base}>
            {t("shell.dashboard")}
          </Anchor>
        }
      >
        {t("shell.noSuchPageHelp")}
      </StateBlock>
    </Center>
  );
}

/** The same where there is no frame around it. */
export function NoSuchPageAtAll() {
  return (
    <main>
      <NoSuchPage />
    </main>
  );
}

export function Crashed({ error, reset }: ErrorComponentProps) {
  const { t } = useTranslation();
  const router = useRouter();
  const boundary = useQueryErrorResetBoundary();
  const retry = () => {
    boundary.reset();
    reset();
    void router.invalidate();
  };
  return (
    <Center mih="60vh">
      {error instanceof Problem ? (
        <Failed problem={error} onRetry={retry} />
      ) : (
        <StateBlock
          icon={<TriangleAlert size={20} aria-hidden />}
          title={t("shell.crashed")}
          role="alert"
          tone="bad"
          action={
            <Button variant="default" onClick={() => window.location.reload()}>
              {t("shell.reload")}
            </Button>
          }
        >
          {t("shell.crashedHelp")}
          <Code block mt={8}>
            {error instanceof Error ? error.message : String(error)}
          </Code>
        </StateBlock>
      )}
    </Center>
  );
}
