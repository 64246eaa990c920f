import { createWriteStream, existsSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import type { Writable } from 'node:stream'
import { finished } from 'node:stream/promises'
import type * as Winston from 'winston'
import { makeFolder } from './folders.ts'
import { ConfigurationError, messageOf } from './errors.ts'
import { redact } from './redact.ts'

/** Fields of an event, beside its message. */
type Fields = Readonly<Record<string, unknown>>

/** Where the journey writes what it does: a message for people, and the same as an event with fields. */
export interface Log {
  info(message: string, fields?: Fields): void
  warn(message: string, fields?: Fields): void
  error(message: string, fields?: Fields): void
  /** Waits until everything is written. */
  close(): Promise<void>
}

/** A log that writes nowhere. */
export const silent: Log = { info() {}, warn() {}, error() {}, close: () => Promise.resolve() }

/** The same log, with fields of its own on every line. */
export const withFields = (log: Log, about: Fields): Log => ({
  info: (message, fields) => log.info(message, { ...about, ...fields }),
  warn: (message, fields) => log.warn(message, { ...about, ...fields }),
  error: (message, fields) => log.error(message, { ...about, ...fields }),
  close: () => log.close(),
})

const require = createRequire(import.meta.url)

/** Loaded when the first log is opened: who asks for help, or only declares something, opens none. */
let loaded: typeof Winston | undefined
const winston = (): typeof Winston => loaded ??= require('winston') as typeof Winston

/** Loads what a log is written with, before the first one is opened. */
export function loadLogWriter(): void {
  winston()
}

const line = ({ timestamp, level, message, ...fields }: Winston.Logform.TransformableInfo): string =>
  `${String(timestamp)} ${level.toUpperCase()} ${String(message)}${aboutWhom(fields)}`

/** Where many write into one file, as workers do, each line says who, and at what. */
function aboutWhom({ worker, refresh, type, name, attempt }: Fields): string {
  if (typeof worker !== 'string') return ''
  const of = typeof refresh === 'string' ? [`refresh ${refresh}`] : []
  const at = typeof type === 'string' && typeof name === 'string' ? [`${type} ${name}`] : []
  const tried = typeof attempt === 'number' ? [`attempt ${attempt}`] : []
  return ` [${[...of, ...at, ...tried, `worker ${worker}`].join(', ')}]`
}

/** Takes secrets out of every text of an event, at any depth. */
function clean(info: Winston.Logform.TransformableInfo): Winston.Logform.TransformableInfo {
  for (const [name, value] of Object.entries(info)) info[name] = redacted(value)
  return info
}

function redacted(value: unknown): unknown {
  if (typeof value === 'string') return redact(value)
  if (typeof value === 'bigint') return value.toString()
  if (Array.isArray(value)) return value.map(redacted)
  if (value instanceof Error) return redact(value.message)
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, redacted(inner)]))
}

/**
 * Opens `<folder>/<name>.log`, which people read, and `<folder>/<name>.jsonl`, which has the same as events.
 * Without a folder nothing is written. No password is ever written: every text passes `redact`.
 *
 * A disk that is full takes nothing away from the work: `onTrouble` is told once for each file, and its lines are lost.
 *
 * @throws {ConfigurationError} where the folder can't be made, or one of the two is a pipe
 */
export function openLog(folder: string | undefined, name: string, onTrouble: (error: Error) => void = () => undefined): Log {
  if (folder === undefined) return silent
  try {
    makeFolder(folder)
  } catch (error) {
    throw new ConfigurationError("the log files can't be written", {
      where: `logs: ${folder}`, why: messageOf(error), wayOut: 'name a folder that can be written, or logs: false', cause: error,
    })
  }
  const [textFile, eventFile] = ['log', 'jsonl'].map((ending) => join(folder, `${name}.${ending}`)) as [string, string]
  for (const file of [textFile, eventFile]) refuseNoFile(file)
  // winston's own file transport forgets the errors of its file, and waits for ever at the end of one that had any.
  const open = (file: string): Writable => createWriteStream(file, { flags: 'a' }).on('error', onTrouble)
  const [text, events] = [open(textFile), open(eventFile)]
  const { createLogger, format, transports } = winston()
  const logger = createLogger({
    level: 'info',
    format: format.combine(format(clean)(), format.timestamp()),
    transports: [new transports.Stream({ stream: text, format: format.printf(line), eol: '\n' }), new transports.Stream({ stream: events, format: format.json(), eol: '\n' })],
  })
  return {
    info: (message, fields) => void logger.info(message, fields),
    warn: (message, fields) => void logger.warn(message, fields),
    error: (message, fields) => void logger.error(message, fields),
    async close() {
      await new Promise<void>((resolve) => { logger.once('finish', () => resolve()).end() })
      await Promise.all([text, events].map(ended))
    },
  }
}

/** A pipe that nobody reads is opened for ever, and its process never ends. A device, such as /dev/null, takes what it is given. */
function refuseNoFile(file: string): void {
  const found = existsSync(file) ? statSync(file) : undefined
  // A folder takes nothing, and says so at once.
  if (found === undefined || found.isFile() || found.isDirectory() || found.isCharacterDevice()) return
  throw new ConfigurationError("the log files can't be written", {
    where: file, why: `it is ${found.isFIFO() ? 'a pipe' : 'no file'}`, wayOut: 'remove it, or name another folder: logs: \'…\', or logs: false',
  })
}

/** Until a file has taken everything, or will take nothing more. */
async function ended(file: Writable): Promise<void> {
  file.end()
  await finished(file).catch(() => undefined)
}
