import { redact } from '../../engine/redact.ts'
import type { Io, Screen } from '../../engine/cli/terminal.ts'

/** A screen that keeps what is written to it. */
export interface Captured extends Screen {
  text(): string
}

export function captured({ width = Infinity, colours = false, live = false }: { width?: number; colours?: boolean; live?: boolean } = {}): Captured {
  let all = ''
  return { colours, live, width: () => width, write: (text) => { all += redact(text) }, text: () => all }
}

/** Both ways out, captured, with nobody at the keyboard. */
export function capturedIo(options: Parameters<typeof captured>[0] = {}): Io & { out: Captured; err: Captured } {
  return { out: captured(options), err: captured(options), keyboard: undefined, env: {} }
}
