import { Progress, Text } from "@mantine/core";
import { Check, Circle } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { Ingredient } from "~/lib/session";
import classes from "./password-meter.module.css";
import { passwordStrength } from "./password-strength";

interface PasswordMeterProps {
  password: string;
  /** What the person typed elsewhere on the page; a password made of it is easy to guess. */
  personal?: readonly string[];
  /** What the server said about the password. */
  refused: string | null;
  /** Fewest characters; those of staff without a word about it. */
  shortest?: number;
  /** What it must contain, where a setting asks for it. */
  ingredients?: readonly Ingredient[];
}

const LOOKS: Record<Ingredient, RegExp> = {
  upper_case: /\p{Lu}/u,
  lower_case: /\p{Ll}/u,
  digit: /\p{N}/u,
  symbol: /[^\p{L}\p{N}\s]/u,
};

const COLORS = ["red", "red", "yellow", "green", "green"] as const;
const SHORTEST_PASSWORD = 12;

/** Says what is asked for and how well the password meets it, while it is being typed. */
export function PasswordMeter({
  password,
  personal = [],
  refused,
  shortest = SHORTEST_PASSWORD,
  ingredients = [],
}: PasswordMeterProps) {
  const { t } = useTranslation();
  const strength = passwordStrength(password, personal);
  const rules = [
    {
      key: "length",
      met: [...password].length >= shortest,
      text: t("password.length", { count: shortest }),
    },
    ...ingredients.map((one) => ({ key: one, met: LOOKS[one].test(password), text: t(`password.ingredients.${one}`) })),
    { key: "guess", met: strength >= 2, text: t("password.guess") },
  ];
  return (
    <div>
      <Progress
        value={password === "" ? 0 : refused ? 20 : (strength + 1) * 20}
        color={refused ? "red" : COLORS[strength]}
        size={4}
        aria-label={t("password.strength")}
      />
      <Text fz={12} c="dimmed" role="status" mt={4}>
        {password === "" ? t("password.hint") : t(`password.levels.${refused ? 0 : strength}`)}
      </Text>
      <ul className={classes.rules}>
        {rules.map((rule) => (
          <li key={rule.key} data-met={rule.met || undefined}>
            {rule.met ? (
              <Check size={12} aria-label={t("password.met")} />
            ) : (
              <Circle size={8} aria-label={t("password.notMet")} />
            )}
            {rule.text}
          </li>
        ))}
      </ul>
    </div>
  );
}
