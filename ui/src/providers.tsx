// Everything that must surround the pages: look, query cache, dialogs, toasts.
import { createTheme, MantineProvider, mergeThemeOverrides } from "@mantine/core";
import { ModalsProvider } from "@mantine/modals";
import { Notifications } from "@mantine/notifications";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { type ReactNode, useMemo } from "react";
import { useTranslation } from "react-i18next";
import { toProblem } from "./lib/problem";
import { cssVariables, theme } from "./theme";

/** The nonce the server wrote into the page, for the style elements made at run time. */
export function cspNonce(): string {
  return document.querySelector<HTMLMetaElement>('meta[name="csp-nonce"]')?.content ?? "";
}

export function createQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: 10_000,
        refetchOnWindowFocus: true,
        // Only what a moment's wait can heal is tried again; a refusal is shown at once.
        retry: (failures, error) => failures < 2 && toProblem(error).transient,
        // And asked for again for as long as it is shown: a page comes back by itself when the database does.
        refetchInterval: ({ state }) => (state.status === "error" && toProblem(state.error).transient ? 3_000 : false),
      },
      mutations: { retry: false },
    },
  });
}

/** The theme with the few words its components say by themselves. */
function useSpokenTheme() {
  const { t } = useTranslation();
  return useMemo(() => {
    const closeButtonProps = { "aria-label": t("primitives.close") };
    const spoken = { defaultProps: { closeButtonProps } };
    return mergeThemeOverrides(
      theme,
      createTheme({ components: { Modal: spoken, Drawer: spoken, Notification: spoken } }),
    );
  }, [t]);
}

export function Providers({ client, children }: { client: QueryClient; children: ReactNode }) {
  const spoken = useSpokenTheme();
  return (
    <MantineProvider
      theme={spoken}
      cssVariablesResolver={cssVariables}
      defaultColorScheme="auto"
      getStyleNonce={cspNonce}
    >
      <QueryClientProvider client={client}>
        <ModalsProvider>
          <Notifications position="bottom-right" limit={4} autoClose={6000} />
          {children}
        </ModalsProvider>
      </QueryClientProvider>
    </MantineProvider>
  );
}
