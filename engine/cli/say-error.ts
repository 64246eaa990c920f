import { messageOf, StarlineError } from '../errors.ts'
import { paint } from './terminal.ts'
import type { Screen } from './terminal.ts'
import { folded } from './words.ts'

/** An error as people read it: what and where, why, the way out. A stack trace only where STARLINE_DEBUG is set. `where` in place of the error's own, where several met it. */
export function errorText(screen: Screen, error: unknown, env: NodeJS.ProcessEnv, where = error instanceof StarlineError ? error.where : undefined): string {
  const head = paint(screen, 'red', '✗')
  const lines = error instanceof StarlineError ? partsOf(screen, error, where) : [folded(messageOf(error).trimEnd(), screen.width() - 2, 2)]
  const text = `${head} ${lines.join('\n')}\n`
  const stack = isDebug(env) && error instanceof Error ? `${error.stack ?? ''}\n${causesOf(error)}` : ''
  return text + stack
}

const isDebug = ({ STARLINE_DEBUG: debug }: NodeJS.ProcessEnv): boolean => debug !== undefined && debug !== '' && debug !== '0'

/** Columns before the text of a part. */
const MARGIN = 11

function partsOf(screen: Screen, { what, problems, why, wayOut }: StarlineError, where: string | undefined): string[] {
  const part = (title: string, text: string | undefined): string[] => (text === undefined || text === '' ? [] : [partText(screen, title, text)])
  const head = `${where === undefined || where === '' ? '' : `${where}: `}${[what.trimEnd(), ...problems].join('\n  - ')}`
  return [folded(head, screen.width() - 2, 2), ...part('why', why), ...part('way out', wayOut)]
}

/** A line under an error: its title, and a text that folds beside it. */
export function partText(screen: Screen, title: string, text: string): string {
  const lines = folded(text.trimEnd(), screen.width() - MARGIN).replaceAll('\n', `\n${' '.repeat(MARGIN)}`)
  return `  ${paint(screen, 'dim', title.padEnd(7))}  ${lines}`
}

function causesOf({ cause }: Error): string {
  return cause instanceof Error ? `caused by ${cause.stack ?? cause.message}\n${causesOf(cause)}` : ''
}
