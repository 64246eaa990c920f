import type { Figures } from './measure.ts'

/** Of each figure the one in the middle. */
export function medianOf(runs: readonly Figures[]): Figures | undefined {
  if (runs.length === 0) return undefined
  const [seconds, wall, cpu, rss] = (['seconds', 'wall', 'cpu', 'rss'] as const).map((key) => middle(runs.flatMap((run) => run[key] ?? [])))
  return { seconds: seconds ?? 0, wall: wall ?? 0, cpu, rss }
}

/** The number in the middle, or between the two that are. */
function middle(numbers: readonly number[]): number | undefined {
  const sorted = numbers.toSorted((a, b) => a - b)
  const [low, high] = [sorted[Math.floor((sorted.length - 1) / 2)], sorted[Math.ceil((sorted.length - 1) / 2)]]
  return low === undefined || high === undefined ? undefined : (low + high) / 2
}

/** What every run takes and what each row takes besides, in seconds: a line through the points, in which each counts by its share of itself. */
export function lineOf(points: readonly (readonly [size: number, seconds: number])[]): { readonly fixed: number, readonly each: number } {
  const sum = (of: (size: number, weight: number) => number): number => points.reduce((all, [size, seconds]) => all + of(size, seconds), 0)
  const [w, wx, wxx] = [sum((_, t) => 1 / t ** 2), sum((n, t) => n / t ** 2), sum((n, t) => n ** 2 / t ** 2)]
  const [wy, wxy] = [sum((_, t) => 1 / t), sum((n, t) => n / t)]
  const each = (w * wxy - wx * wy) / (w * wxx - wx ** 2)
  return { fixed: (wy - each * wx) / w, each }
}

/** By which power of its size the time grows: the slope of a line through the logarithms, by least squares. */
export function exponentOf(points: readonly (readonly [size: number, seconds: number])[]): number {
  const logs = points.map(([size, seconds]) => [Math.log(size), Math.log(seconds)] as const)
  const [x, y] = [0, 1].map((at) => logs.reduce((sum, log) => sum + (log[at] ?? 0), 0) / logs.length) as [number, number]
  const slope = logs.reduce((sum, [a, b]) => sum + (a - x) * (b - y), 0) / logs.reduce((sum, [a]) => sum + (a - x) ** 2, 0)
  return slope
}
