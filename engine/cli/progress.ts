import { labelOf } from '../etl/registry.ts'
import type { Entry } from '../etl/registry.ts'
import type { Happening } from '../etl/context.ts'
import { counted, grouped } from './words.ts'
import { paint } from './terminal.ts'
import type { Screen } from './terminal.ts'

/** Shows on standard error what is under way. */
export interface Progress {
  on(happening: Happening, entry?: Entry, known?: Known): void
  /** What is under way besides; undefined when it is over. Seen on terminals only. */
  doing(text: string | undefined): void
  /** One line that stays, above the live ones. */
  say(text: string): void
  /** Takes the live lines away. */
  close(): void
}

/** What the ledger knows of a run: it counts where the work is done elsewhere, and is only looked at now and then. */
interface Known {
  readonly rows?: number | undefined
  readonly seconds?: number | undefined
}

interface Running {
  rows: number
  readonly since: number
}

/** Frames per second that a person can tell apart; more would be work for nobody. */
const framesPerSecond = 10

/**
 * On a terminal one live line for each ETL that runs, cleared at the end; elsewhere one plain line for each that ended.
 * Silent where nobody wants to see it.
 */
export function showProgress(screen: Screen, quiet: boolean, now: () => number = () => performance.now()): Progress {
  if (quiet) return { on() {}, doing() {}, say() {}, close() {} }
  const running = new Map<Entry, Running>()
  let besides: string | undefined
  const lines = (): string[] => [...besides === undefined ? [] : [besides], ...[...running].map(([entry, state]) => lineOf(entry, state, now(), screen.width()))]
  const live = screen.live ? liveLines(screen, lines) : undefined
  const begin = (entry: Entry, seconds = 0): void => { running.set(entry, { rows: 0, since: now() - seconds * 1000 }) }
  const ended = (entry: Entry, word: string, { rows, seconds: took }: Known): void => {
    const state = running.get(entry)
    running.delete(entry)
    if (live) live.draw()
    else screen.write(`${word} ${labelOf(entry)}${state === undefined ? '' : `, ${counted(rows ?? state.rows, 'row')}, ${seconds(took === undefined ? now() - state.since : took * 1000)}`}\n`)
  }
  return {
    on(happening, entry, known = {}) {
      if (entry === undefined) return
      if (happening.what === 'started') {
        begin(entry, known.seconds)
        live?.draw()
      } else if (happening.what === 'rows') {
        const state = running.get(entry)
        if (state !== undefined) state.rows = happening.rows
      } else if (happening.what !== 'step') {
        ended(entry, happening.what, known)
      }
    },
    doing(text) {
      besides = text
      live?.draw()
    },
    say(text) {
      live?.clear()
      screen.write(`${text}\n`)
      live?.draw()
    },
    close() { live?.close() },
  }
}

const seconds = (milliseconds: number): string => `${(milliseconds / 1000).toFixed(1)} s`

/** Where the terminal is narrow the figures stay, and the name is shortened. */
function lineOf(entry: Entry, { rows, since }: Running, now: number, width: number): string {
  const isNarrow = width <= 60
  const figures = `${grouped(rows).padStart(isNarrow ? 0 : 12)} ${rows === 1 ? 'row ' : 'rows'}  ${seconds(now - since).padStart(isNarrow ? 6 : 8)}`
  const label = labelOf(entry)
  const room = Math.max(0, Math.min(Math.max(30, label.length), width - figures.length - 3))
  return `${(label.length <= room ? label : entry.name.slice(0, room)).padEnd(room)}  ${figures}`
}

/** Lines at the bottom that are drawn over and over; the cursor rests below them. */
function liveLines(screen: Screen, lines: () => readonly string[]): { draw(): void; clear(): void; close(): void } {
  let drawn = 0
  const clear = (): void => {
    // From the first column: a key that was pressed, such as Ctrl-C, has been echoed where the cursor was.
    if (drawn > 0) screen.write(`\r\u001b[${drawn}A\u001b[J`)
    drawn = 0
  }
  const draw = (): void => {
    // A line that wraps would be cleared by half.
    const texts = lines().map((line) => paint(screen, 'dim', line.slice(0, screen.width() - 1)))
    clear()
    if (texts.length > 0) screen.write(`${texts.join('\n')}\n`)
    drawn = texts.length
  }
  const timer = setInterval(draw, 1000 / framesPerSecond)
  timer.unref()
  return {
    draw, clear,
    close() {
      clearInterval(timer)
      clear()
    },
  }
}
