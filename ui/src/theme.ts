// The look of the panel, all of it: neutral greys, one accent, 13–14 px text, a 4 px grid, radius 6, hairlines instead of shadows.
// Light and dark are equals. Everything else uses these names, never a colour of its own.
import {
  Badge,
  Button,
  type CSSVariablesResolver,
  createTheme,
  Drawer,
  Input,
  type MantineColorsTuple,
  Menu,
  Modal,
  Paper,
  Popover,
  SegmentedControl,
  Tabs,
  Tooltip,
} from "@mantine/core";

const accent: MantineColorsTuple = [
  "#eef1fe",
  "#dde3fb",
  "#b9c4f5",
  "#93a3ee",
  "#7286e8",
  "#5c72e2",
  "#4a60d8",
  "#3d51c2",
  "#3445a4",
  "#2a3883",
];

const gray: MantineColorsTuple = [
  "#fafafa",
  "#f4f4f5",
  "#eaeaec",
  "#dedee1",
  "#c7c7cc",
  "#9d9da5",
  "#66666f",
  "#4c4c54",
  "#33333a",
  "#1a1a1e",
];

const dark: MantineColorsTuple = [
  "#e8e8eb",
  "#c6c7cd",
  "#9c9da6",
  "#72737c",
  "#3b3c43",
  "#2b2c31",
  "#1f2024",
  "#16171a",
  "#111214",
  "#0b0c0d",
];

const CONTROL = { xs: ["28px", "12px"], sm: ["32px", "13px"], md: ["36px", "14px"] } as const;

function control(size: unknown): readonly [string, string] {
  return CONTROL[(typeof size === "string" && size in CONTROL ? size : "sm") as keyof typeof CONTROL];
}

const hairline = "1px solid var(--qd-border)";
const floating = { boxShadow: "var(--qd-float)", border: hairline };

export const theme = createTheme({
  primaryColor: "accent",
  primaryShade: { light: 6, dark: 6 },
  colors: { accent, gray, dark },
  white: "#ffffff",
  black: "#1a1a1e",
  autoContrast: true,
  fontFamily: '"Inter Variable", Inter, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif',
  fontFamilyMonospace: 'ui-monospace, "SF Mono", "Cascadia Code", "JetBrains Mono", Menlo, Consolas, monospace',
  fontSizes: { xs: "12px", sm: "13px", md: "14px", lg: "16px", xl: "18px" },
  lineHeights: { xs: "1.35", sm: "1.45", md: "1.5", lg: "1.5", xl: "1.5" },
  spacing: { xs: "8px", sm: "12px", md: "16px", lg: "20px", xl: "32px" },
  radius: { xs: "3px", sm: "4px", md: "6px", lg: "8px", xl: "12px" },
  defaultRadius: "md",
  cursorType: "pointer",
  respectReducedMotion: true,
  headings: {
    fontWeight: "600",
    sizes: {
      h1: { fontSize: "20px", lineHeight: "28px" },
      h2: { fontSize: "16px", lineHeight: "24px" },
      h3: { fontSize: "14px", lineHeight: "20px" },
    },
  },
  components: {
    Input: Input.extend({
      vars: (_theme, props) => {
        const [height, text] = control(props.size);
        return { wrapper: { "--input-height": height, "--input-fz": text } };
      },
    }),
    InputWrapper: Input.Wrapper.extend({
      styles: {
        label: { fontSize: 13, fontWeight: 500, marginBottom: 4 },
        description: { fontSize: 12 },
        error: { fontSize: 12 },
      },
      defaultProps: { inputWrapperOrder: ["label", "input", "error", "description"] },
    }),
    Button: Button.extend({
      defaultProps: { size: "sm" },
      vars: (_theme, props) => {
        const [height, text] = control(props.size);
        return { root: { "--button-height": height, "--button-fz": text, "--button-padding-x": "12px" } };
      },
      styles: { label: { fontWeight: 500 } },
    }),
    Badge: Badge.extend({
      defaultProps: { variant: "light", radius: "sm", size: "md" },
      styles: { root: { textTransform: "none", fontWeight: 500, letterSpacing: 0 } },
    }),
    Tooltip: Tooltip.extend({
      defaultProps: { openDelay: 300, withArrow: false, fz: 12, events: { hover: true, focus: true, touch: false } },
    }),
    Menu: Menu.extend({
      defaultProps: { shadow: "none", withInitialFocusPlaceholder: false },
      styles: { dropdown: floating, item: { fontSize: 13 } },
    }),
    Popover: Popover.extend({ defaultProps: { shadow: "none" }, styles: { dropdown: floating } }),
    Modal: Modal.extend({
      defaultProps: { centered: true, shadow: "none", overlayProps: { backgroundOpacity: 0.35 } },
      styles: { title: { fontWeight: 600, fontSize: 16 }, content: floating },
    }),
    Drawer: Drawer.extend({
      defaultProps: { shadow: "none", overlayProps: { backgroundOpacity: 0.2 } },
      styles: { title: { fontWeight: 600, fontSize: 16 }, content: { borderInlineStart: hairline } },
    }),
    Paper: Paper.extend({ defaultProps: { withBorder: true, shadow: "none" } }),
    Tabs: Tabs.extend({
      vars: () => ({ root: {}, list: { "--tabs-list-border-width": "1px" } }) as never,
      styles: { tab: { fontSize: 13, fontWeight: 500, paddingInline: 12, paddingBlock: 8 } },
    }),
    SegmentedControl: SegmentedControl.extend({
      styles: { indicator: { boxShadow: "none", border: hairline }, label: { fontSize: 13, fontWeight: 500 } },
    }),
  },
});

export const cssVariables: CSSVariablesResolver = () => ({
  variables: {
    "--qd-nav": "232px",
    "--qd-top": "48px",
  },
  light: {
    "--qd-border": "#e4e4e7",
    "--qd-surface": "#ffffff",
    "--qd-sunken": "#f7f7f8",
    "--qd-hover": "rgba(24, 24, 27, 0.045)",
    "--qd-selected": "rgba(74, 96, 216, 0.09)",
    "--qd-float": "0 8px 24px -8px rgba(24, 24, 27, 0.16)",
    "--qd-added": "#e7f6ec",
    "--qd-removed": "#fdecec",
    "--mantine-color-default-border": "#dcdce0",
    "--mantine-color-dimmed": "#66666f",
    "--mantine-color-placeholder": "#70707a",
    "--mantine-color-error": "#c92a2a",
    // Dark enough on their tint, and white on the filled red, for small text (WCAG AA).
    "--mantine-color-red-filled": "#d12f3a",
    "--mantine-color-red-filled-hover": "#bb2630",
    "--mantine-color-red-light-color": "#a61e2b",
    "--mantine-color-orange-light-color": "#9c4a00",
    "--mantine-color-yellow-light-color": "#7d5a00",
    "--mantine-color-green-light-color": "#1d6a30",
    "--mantine-color-teal-light-color": "#0a6b52",
    "--mantine-color-blue-light-color": "#17599b",
  },
  dark: {
    "--qd-border": "#2b2c31",
    "--qd-surface": "#16171a",
    "--qd-sunken": "#111214",
    "--qd-hover": "rgba(255, 255, 255, 0.05)",
    "--qd-selected": "rgba(92, 114, 226, 0.2)",
    "--qd-float": "0 8px 24px -8px rgba(0, 0, 0, 0.7)",
    "--qd-added": "#12301d",
    "--qd-removed": "#3a1719",
    "--mantine-color-red-light": "rgba(250, 82, 82, 0.14)",
    "--mantine-color-red-light-color": "#ffa8a8",
    "--mantine-color-orange-light": "rgba(253, 126, 20, 0.14)",
    "--mantine-color-orange-light-color": "#ffc078",
    "--mantine-color-yellow-light": "rgba(250, 176, 5, 0.14)",
    "--mantine-color-yellow-light-color": "#ffe066",
    "--mantine-color-green-light": "rgba(64, 192, 87, 0.14)",
    "--mantine-color-green-light-color": "#8ce99a",
    "--mantine-color-teal-light": "rgba(18, 184, 134, 0.14)",
    "--mantine-color-teal-light-color": "#63e6be",
    "--mantine-color-blue-light": "rgba(51, 154, 240, 0.14)",
    "--mantine-color-blue-light-color": "#a5d8ff",
    "--mantine-color-gray-light": "rgba(255, 255, 255, 0.08)",
    "--mantine-color-gray-light-color": "#c6c7cd",
    "--mantine-color-gray-outline": "#9c9da6",
    "--mantine-color-body": "#16171a",
    "--mantine-color-default": "#1c1d20",
    "--mantine-color-default-hover": "#25262a",
    "--mantine-color-default-border": "#36373d",
    "--mantine-color-dimmed": "#9c9da6",
    "--mantine-color-placeholder": "#7d7e87",
    "--mantine-color-error": "#ff8787",
    "--mantine-color-red-filled": "#d12f3a",
    "--mantine-color-red-filled-hover": "#bb2630",
  },
});
