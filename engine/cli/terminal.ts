import { redact } from '../redact.ts'

/** One of the two ways out: results go to standard output, progress and questions to standard error. */
export interface Screen {
  /** Writes a text as it is, but for secrets. */
  write(text: string): void
  /** Columns of the terminal; Infinity where there is none: a pipe or a file is never wrapped. */
  width(): number
  readonly colours: boolean
  /** Lines may be written over: a terminal with somebody in front of it. */
  readonly live: boolean
}

/** What the command line talks through: handed in, so that a test is a call. */
export interface Io {
  readonly out: Screen
  readonly err: Screen
  /** Where answers come from, undefined where nobody can be asked. */
  readonly keyboard: NodeJS.ReadStream | undefined
  readonly env: NodeJS.ProcessEnv
}

/** The process's own streams. NO_COLOR, FORCE_COLOR, CI and pipes are honoured. */
export function processIo({ stdin, stdout, stderr, env }: NodeJS.Process = process): Io {
  stderr.on('error', () => undefined)
  stdout.on('error', (error: NodeJS.ErrnoException) => tellOfLoss(error, stderr))
  const asks = stdin.isTTY && stderr.isTTY && !isSet(env['CI'])
  return { out: screenOf(stdout, env), err: screenOf(stderr, env), keyboard: asks ? stdin : undefined, env }
}

function screenOf(stream: NodeJS.WriteStream, env: NodeJS.ProcessEnv): Screen {
  const terminal = stream.isTTY && env['TERM'] !== 'dumb'
  return {
    write: (text) => { stream.write(redact(text)) },
    width: () => (stream.isTTY ? stream.columns || 80 : Infinity),
    colours: wantsColours(terminal, env),
    live: terminal && !isSet(env['CI']),
  }
}

/** NO_COLOR wins, then FORCE_COLOR, then whether it is a terminal. */
export function wantsColours(terminal: boolean, env: NodeJS.ProcessEnv): boolean {
  if (isSet(env['NO_COLOR'])) return false
  const forced = env['FORCE_COLOR']
  if (forced !== undefined) return forced !== '0' && forced !== 'false'
  return terminal
}

const isSet = (value: string | undefined): boolean => value !== undefined && value !== '' && value !== '0' && value !== 'false'

/**
 * A disk that is full takes nothing away from the work, but half a report must not be taken for all of it. Where the reader
 * has gone (`npm start | head -1`) there is nobody left to tell.
 */
function tellOfLoss(error: NodeJS.ErrnoException, stderr: NodeJS.WriteStream): void {
  if (error.code === 'EPIPE') return
  stderr.write(`✗ The report could not be written to standard output: ${error.message}\n`)
  process.once('exit', (code) => { if (code === 0) process.exitCode = 1 })
}

const codes = { bold: [1, 22], dim: [2, 22], red: [31, 39], green: [32, 39], yellow: [33, 39] } as const

/** Paints a text for a screen, or leaves it where the screen wants no colours. */
export function paint(screen: Screen, colour: keyof typeof codes, text: string): string {
  const [on, off] = codes[colour]
  return screen.colours ? `\u001b[${on}m${text}\u001b[${off}m` : text
}
