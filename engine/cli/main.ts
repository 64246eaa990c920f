import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { ConfigurationError } from '../errors.ts'
import type { Config } from '../etl/registry.ts'
import { didYouMean } from '../sql/did-you-mean.ts'
import { generalFlags, queryFlags, runFlags } from './flag-table.ts'
import { queryFlagsOf, runFlagsOf } from './flags.ts'
import { mainHelp } from './help.ts'
import { asError } from './outcome.ts'
import { declare, parserOf } from './parser.ts'
import type { Written } from './parser.ts'
import { refused, runAsked } from './run.ts'
import { processIo } from './terminal.ts'
import type { Io } from './terminal.ts'
import { version } from './version.ts'

/** How a TypeScript file is imported: handed in by whoever knows whether a loader for it is registered. */
export type ImportFile = (url: string) => Promise<unknown>

const commands = ['run', 'query'] as const

/** The `starline` command: `run` and `query`, on the config.ts of the working folder. Gives the exit code. */
export async function main(argv: readonly string[], importFile: ImportFile, io: Io = processIo()): Promise<number> {
  const config = (): Promise<{ readonly default: Config }> => importConfig(importFile)
  let code: number | undefined
  try {
    const { version: isVersion } = await declare(parserOf(argv), argv, generalFlags)
      .strictCommands().fail(refuseUnknownCommand)
      .command('help', '')
      .command('run', '', (parser) => declare(parser.strictCommands(false), argv, runFlags), async (args) => {
        code = await runAsked(config, runFlagsOf(withoutCommand(args)), io)
      })
      .command('query', '', (parser) => declare(parser.strictCommands(false), argv, queryFlags), async (args) => {
        const { query } = await import('./query.ts')
        code = await query(config, queryFlagsOf(withoutCommand(args)), io)
      })
      .parseAsync()
    if (code !== undefined) return code
    io.out.write(isVersion === true ? `${version()}\n` : await mainHelp(io.out))
    return 0
  } catch (error) {
    return refused(asError(error), argv, io)
  }
}

const withoutCommand = ({ _: [, ...rest], ...flags }: Written): Written => ({ _: rest, ...flags })

async function importConfig(importFile: ImportFile): Promise<{ readonly default: Config }> {
  const file = ['config.ts', 'config.mts', 'config.js', 'config.mjs'].map((name) => resolve(name)).find((path) => existsSync(path))
  if (file === undefined) {
    throw new ConfigurationError('there is no config.ts here', { where: process.cwd(), wayOut: 'go to the folder that has it' })
  }
  return await importFile(pathToFileURL(file).href) as { readonly default: Config }
}

/** Only this is the bin's own to say: all else is worded where the flags are declared. */
function refuseUnknownCommand(message: string | null): void {
  const [, command] = /^Unknown commands?: ([^,]*)/s.exec(message ?? '') ?? []
  if (command === undefined) return
  const meant = didYouMean(command, commands)
  throw new ConfigurationError(`there is no command ${command}`, {
    wayOut: meant === undefined ? `there are ${commands.join(' and ')}; --help says more` : `did you mean ${meant}?`,
  })
}
