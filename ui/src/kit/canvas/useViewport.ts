/** A plane that is moved by pointer, fingers, wheel and keys. Moving it draws nothing anew: only its transform changes, until
 * what was drawn around the screen is used up. */
import {
  type PointerEvent,
  type RefObject,
  useCallback,
  useEffect,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
} from "react";
import type { Point } from "./layout";
import { contains, moved, type Rect, type Viewport, visible, zoomedAt } from "./viewport";

/** Pixels around the screen that are drawn with it. */
const AROUND = 500;
/** Further than this a press is a drag. */
const STILL = 4;

export interface Plane {
  frame: RefObject<HTMLDivElement | null>;
  ground: RefObject<SVGGElement | null>;
  /** What has to be drawn. */
  drawn: Rect;
  /** Of the last drawing. */
  zoom: number;
  screen: { width: number; height: number };
  view: () => Viewport;
  go: (next: Viewport, soft?: boolean) => void;
  pointer: {
    onPointerDown: (e: PointerEvent) => void;
    onPointerMove: (e: PointerEvent) => void;
    onPointerUp: (e: PointerEvent) => void;
    onPointerCancel: (e: PointerEvent) => void;
  };
  /** Whether the press that ends now moved something. */
  dragged: () => boolean;
}

export function useViewport(first: Viewport | null, onRest: (view: Viewport) => void): Plane {
  const frame = useRef<HTMLDivElement>(null);
  const ground = useRef<SVGGElement>(null);
  const now = useRef<Viewport>(first ?? { x: 0, y: 0, zoom: 1 });
  const [screen, setScreen] = useState({ width: 0, height: 0 });
  const size = useRef(screen);
  const [drawing, setDrawing] = useState({ rect: visible(now.current, screen, AROUND), zoom: now.current.zoom });
  const last = useRef(drawing);
  const resting = useRef<number | undefined>(undefined);
  const pending = useRef(0);
  const rest = useRef(onRest);
  rest.current = onRest;

  const draw = useCallback(() => {
    const next = { rect: visible(now.current, size.current, AROUND), zoom: now.current.zoom };
    last.current = next;
    setDrawing(next);
  }, []);
  const show = useCallback(() => {
    pending.current = 0;
    const { x, y, zoom } = now.current;
    ground.current?.setAttribute("transform", `translate(${x} ${y}) scale(${zoom})`);
    const kept = last.current;
    const far = Math.max(zoom / kept.zoom, kept.zoom / zoom) > 1.3;
    if (far || !contains(kept.rect, visible(now.current, size.current))) draw();
    window.clearTimeout(resting.current);
    resting.current = window.setTimeout(() => rest.current(now.current), 300);
  }, [draw]);
  const go = useCallback(
    (next: Viewport) => {
      now.current = next;
      if (pending.current === 0) pending.current = requestAnimationFrame(show);
    },
    [show],
  );
  useEffect(
    () => () => {
      cancelAnimationFrame(pending.current);
      window.clearTimeout(resting.current);
    },
    [],
  );

  useLayoutEffect(() => {
    const element = frame.current;
    if (!element) return;
    const measure = () => {
      const next = { width: element.clientWidth, height: element.clientHeight };
      size.current = next;
      setScreen(next);
      draw();
    };
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, [draw]);
  // What React draws doesn't know the transform.
  useLayoutEffect(() => {
    const { x, y, zoom } = now.current;
    ground.current?.setAttribute("transform", `translate(${x} ${y}) scale(${zoom})`);
  });

  useEffect(() => {
    const element = frame.current;
    if (!element) return;
    const at = (e: WheelEvent): Point => {
      const box = element.getBoundingClientRect();
      return { x: e.clientX - box.left, y: e.clientY - box.top };
    };
    // Not as a property of the element: there it could not keep the page from zooming.
    const wheel = (e: WheelEvent) => {
      e.preventDefault();
      if (e.ctrlKey || e.metaKey)
        go(zoomedAt(now.current, at(e), Math.exp(-e.deltaY * (e.deltaMode === 1 ? 0.05 : 0.004))));
      else {
        const by = e.deltaMode === 1 ? 20 : 1;
        go(e.shiftKey ? moved(now.current, -e.deltaY * by, 0) : moved(now.current, -e.deltaX * by, -e.deltaY * by));
      }
    };
    element.addEventListener("wheel", wheel, { passive: false });
    return () => element.removeEventListener("wheel", wheel);
  }, [go]);

  const fingers = useRef(new Map<number, Point>());
  const start = useRef<Point | null>(null);
  const did = useRef(false);
  const pointer = useMemo(() => {
    const end = (e: PointerEvent) => {
      fingers.current.delete(e.pointerId);
      start.current = null;
    };
    return {
      onPointerDown: (e: PointerEvent) => {
        if (e.button !== 0 && e.button !== 1) return;
        fingers.current.set(e.pointerId, { x: e.clientX, y: e.clientY });
        start.current = { x: e.clientX, y: e.clientY };
        did.current = false;
      },
      onPointerMove: (e: PointerEvent) => {
        const before = fingers.current.get(e.pointerId);
        if (!before) return;
        const at = { x: e.clientX, y: e.clientY };
        if (!did.current && start.current && Math.hypot(at.x - start.current.x, at.y - start.current.y) < STILL) return;
        if (!did.current) {
          did.current = true;
          // From here on it is ours, wherever the pointer goes; a click before stays one of what is under it.
          frame.current?.setPointerCapture(e.pointerId);
        }
        const other = [...fingers.current].find(([id]) => id !== e.pointerId)?.[1];
        fingers.current.set(e.pointerId, at);
        if (!other) {
          go(moved(now.current, at.x - before.x, at.y - before.y));
          return;
        }
        const box = frame.current?.getBoundingClientRect();
        const middle = { x: (at.x + other.x) / 2 - (box?.left ?? 0), y: (at.y + other.y) / 2 - (box?.top ?? 0) };
        const wide = (a: Point) => Math.max(1, Math.hypot(a.x - other.x, a.y - other.y));
        const by = zoomedAt(now.current, middle, wide(at) / wide(before));
        go(moved(by, (at.x - before.x) / 2, (at.y - before.y) / 2));
      },
      onPointerUp: end,
      onPointerCancel: end,
    };
  }, [go]);

  return {
    frame,
    ground,
    drawn: drawing.rect,
    zoom: drawing.zoom,
    screen,
    view: useCallback(() => now.current, []),
    go,
    pointer,
    dragged: useCallback(() => did.current, []),
  };
}
