import { pathToFileURL } from 'node:url'
import { asError, ConfigurationError } from '../errors.ts'
import type { OpenQueue } from '../etl/queue-door.ts'
import { importConfig } from '../load-config.ts'
import type { ImportFile } from '../load-config.ts'
import { didYouMean } from '../sql/did-you-mean.ts'
import { commands, noCommand } from './commands.ts'
import { COMPLETE, completion, completions } from './completion.ts'
import { clean } from './document.ts'
import type { Door } from './door.ts'
import { queryFlagsOf, runFlagsOf } from './flags.ts'
import { helpOf, mainHelp } from './help.ts'
import { declare, parserOf } from './parser.ts'
import { refused, runAsked } from './run.ts'
import { errorDocument } from '../error-document.ts'
import type { Io } from './terminal.ts'
import { version } from '../version.ts'
import type { Written } from './written.ts'

/** What each command does; its code is loaded when it is asked for. */
const doing: Readonly<Record<string, (written: Written, door: Door) => Promise<number>>> = {
  init: async (written, { io }) => (await import('./init/init.ts')).init(written, io),
  new: async (written, door) => (await import('./new/new.ts')).newEtl(written, door),
  run: (written, { config, io, queue }) => runAsked(config, runFlagsOf(written), io, queue),
  status: async (written, door) => (await import('./status.ts')).status(written, door),
  retry: async (written, door) => (await import('./retry.ts')).retry(written, door),
  cancel: async (written, door) => (await import('./cancel.ts')).cancel(written, door),
  logs: async (written, door) => (await import('./logs.ts')).logs(written, door),
  board: async (written, door) => (await import('./board.ts')).board(written, door),
  query: async (written, { config, io }) => (await import('./query.ts')).query(config, queryFlagsOf(written), io),
  ls: async (written, door) => (await import('./ls.ts')).ls(written, door),
  validate: async (written, door) => (await import('./validate/validate.ts')).validate(written, door),
  schedule: async (written, door) => (await import('./schedule/schedule.ts')).schedule(written, door),
  config: async (written, door) => (await import('./config.ts')).config(written, door),
  completion: (written, { io }) => Promise.resolve(completion(written, io)),
}

/** The `starline` command, with everything handed in. Gives the exit code. */
export async function mainWith(argv: readonly string[], importFile: ImportFile, io: Io, queue: OpenQueue): Promise<number> {
  const door: Door = { io, queue, config: () => importConfig(importFile), importFile: (path) => importFile(pathToFileURL(path).href) }
  let code: number | undefined
  try {
    // Before anything is parsed: what stands there is half a command.
    const [first, ...words] = argv
    if (first === COMPLETE) {
      io.out.write(await completions(words, door))
      return 0
    }
    const parser = declare(parserOf(argv), argv, noCommand.flags).strictCommands().fail(refuseUnknownCommand).command('help', '')
    for (const { name, flags } of commands) {
      parser.command(name, '', (inner) => declare(inner.strictCommands(false), argv, flags), async (args) => {
        code = await doCommand(name, withoutCommand(args), door)
      })
    }
    const { version: isVersion } = await parser.parseAsync()
    if (code !== undefined) return code
    io.out.write(isVersion === true ? `${version()}\n` : await mainHelp(io.out))
    return 0
  } catch (error) {
    return refused(asError(error), argv, io, documentOf(argv))
  }
}

/** The document of the command that was asked for, where it could do nothing; a run has one of its own. */
function documentOf(argv: readonly string[]): ((error: Error) => string) | undefined {
  const command = argv.flatMap((word) => commands.find(({ name }) => name === word) ?? [])[0]
  if (command?.name === 'run') return undefined
  return (error) => `${JSON.stringify(clean({ ...command?.nothing, error: errorDocument(error) }), undefined, 2)}\n`
}

async function doCommand(name: string, written: Written, door: Door): Promise<number> {
  if (written['help'] !== true && written['version'] !== true) return await doing[name]?.(written, door) ?? 0
  door.io.out.write(written['help'] === true ? await helpOf(door.io.out, name) : `${version()}\n`)
  return 0
}

const withoutCommand = ({ _: [, ...rest], ...flags }: Written): Written => ({ _: rest, ...flags })

/** Only this is the bin's own to say: all else is worded where the flags are declared. */
function refuseUnknownCommand(message: string | null): void {
  const [, command] = /^Unknown commands?: ([^,]*)/s.exec(message ?? '') ?? []
  if (command === undefined) return
  if (command === 'worker') throw new ConfigurationError('a worker is no command of starline', { wayOut: 'npm run worker starts one, and npm run worker -- --help says more' })
  const names = commands.map(({ name }) => name)
  const meant = didYouMean(command, names)
  throw new ConfigurationError(`there is no command ${command}`, {
    wayOut: meant === undefined ? `there are ${names.join(', ')}; --help says more` : `did you mean ${meant}?`,
  })
}
