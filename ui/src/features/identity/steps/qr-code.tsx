// An address as a picture for the camera of a phone. Loaded only where one is shown.
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { encode } from "uqr";
import classes from "./steps.module.css";

const BORDER = 3;

export default function QrCode({ value }: { value: string }) {
  const { t } = useTranslation();
  const { size, path } = useMemo(() => {
    const { data } = encode(value, { ecc: "M", border: BORDER });
    const dots = data.flatMap((row, y) => row.flatMap((dark, x) => (dark ? [`M${x} ${y}h1v1h-1z`] : [])));
    return { size: data.length, path: dots.join("") };
  }, [value]);
  return (
    <svg className={classes.qr} viewBox={`0 0 ${size} ${size}`} role="img" aria-label={t("steps.qr")}>
      <path d={path} fill="#000" shapeRendering="crispEdges" />
    </svg>
  );
}
