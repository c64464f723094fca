/**
 * What part of the drawing is visible: fitting, wheel zoom, dragging.
 */

const MIN_SCALE = 0.1;
const MAX_SCALE = 4;
const MARGIN = 16;
/** Boxes below this scale cannot be read: a big graph starts at its top instead of as a whole. */
const READABLE = 0.45;

/** Moves one group of an SVG element. */
export class Camera {
  private x = 0;
  private y = 0;
  private scale = 1;
  private target: SVGGElement | undefined;
  /** Size of the drawing, as long as the view is the one that fits it: then it follows the size of the window. */
  private fitted: { width: number; height: number } | undefined;

  constructor(private readonly svg: SVGSVGElement) {
    svg.addEventListener('wheel', (event) => this.wheel(event), { passive: false });
    svg.addEventListener('pointerdown', (event) => this.drag(event));
    window.addEventListener('resize', () => {
      if (this.fitted !== undefined) this.fit(this.fitted.width, this.fitted.height);
    });
  }

  /** From now on moves this group, without changing the view. */
  aim(target: SVGGElement): void {
    this.target = target;
    this.apply();
  }

  /** Shows a drawing of this size as a whole if that can be read, else its top. */
  fit(width: number, height: number): void {
    const box = this.svg.getBoundingClientRect();
    const whole = Math.min((box.width - 2 * MARGIN) / width, (box.height - 2 * MARGIN) / height, 1.25);
    this.scale = Math.max(whole, READABLE);
    this.x = Math.max(MARGIN, (box.width - width * this.scale) / 2);
    this.y = MARGIN;
    this.fitted = { width, height };
    this.apply();
  }

  /** Brings a rectangle of the drawing into view, moving as little as possible. */
  ensureVisible(rect: { x: number; y: number; width: number; height: number }): void {
    const box = this.svg.getBoundingClientRect();
    this.x = shift(this.x, rect.x * this.scale, rect.width * this.scale, box.width);
    this.y = shift(this.y, rect.y * this.scale, rect.height * this.scale, box.height);
    this.apply();
  }

  /** Zooms by a factor around a point of the page, by default its middle. */
  zoom(factor: number, at?: { x: number; y: number }): void {
    const box = this.svg.getBoundingClientRect();
    const { x, y } = at ?? { x: box.width / 2, y: box.height / 2 };
    const scale = Math.min(MAX_SCALE, Math.max(MIN_SCALE, this.scale * factor));
    this.x = x - ((x - this.x) * scale) / this.scale;
    this.y = y - ((y - this.y) * scale) / this.scale;
    this.scale = scale;
    this.fitted = undefined;
    this.apply();
  }

  private wheel(event: WheelEvent): void {
    event.preventDefault();
    this.zoom(Math.exp(-event.deltaY * 0.0015), { x: event.clientX, y: event.clientY });
  }

  private drag(down: PointerEvent): void {
    // A press on a node is a click on it, not the start of a drag.
    if (down.target instanceof Element && down.target.closest('.node') !== null) return;
    const from = { x: down.clientX - this.x, y: down.clientY - this.y };
    this.svg.setPointerCapture(down.pointerId);
    this.svg.classList.add('dragging');
    const move = (event: PointerEvent) => {
      this.x = event.clientX - from.x;
      this.y = event.clientY - from.y;
      this.fitted = undefined;
      this.apply();
    };
    const stop = () => {
      this.svg.classList.remove('dragging');
      this.svg.removeEventListener('pointermove', move);
    };
    this.svg.addEventListener('pointermove', move);
    this.svg.addEventListener('pointerup', stop, { once: true });
    this.svg.addEventListener('pointercancel', stop, { once: true });
  }

  private apply(): void {
    this.target?.setAttribute('transform', `translate(${this.x} ${this.y}) scale(${this.scale})`);
  }
}

/** The offset that shows `[start, start + size)` within `room`, nearest to the present one. */
function shift(offset: number, start: number, size: number, room: number): number {
  if (offset + start < MARGIN) return MARGIN - start;
  if (offset + start + size > room - MARGIN) return Math.min(room - MARGIN - size, room) - start;
  return offset;
}
