import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { ConfigurationError } from '../errors.ts'
import type { Config } from '../etl/registry.ts'
import { didYouMean } from '../sql/did-you-mean.ts'
import { mainHelp } from './help.ts'
import { asError } from './outcome.ts'
import { refused, runWith } from './run.ts'
import { processIo } from './terminal.ts'
import type { Io } from './terminal.ts'
import { version } from './version.ts'

/** How a TypeScript file is imported: handed in by whoever knows whether a loader for it is registered. */
export type ImportFile = (url: string) => Promise<unknown>

const commands = ['run', 'query'] as const

/** The `starline` command: `run` and `query`, on the config.ts of the working folder. Gives the exit code. */
export async function main(argv: readonly string[], importFile: ImportFile, io: Io = processIo()): Promise<number> {
  const [command, ...rest] = argv
  const config = (): Promise<{ readonly default: Config }> => importConfig(importFile)
  try {
    if (command === 'run') return await runWith(config, rest, io)
    if (command === 'query' && !rest.includes('--version')) {
      const { query } = await import('./query.ts')
      return await query(config, rest, io)
    }
    if (argv.includes('--version')) io.out.write(`${version()}\n`)
    else if (command === undefined || command === 'help' || command === '--help' || command === '-h') io.out.write(mainHelp(io.out))
    else throw unknownCommand(command)
    return 0
  } catch (error) {
    return refused(asError(error), rest, io)
  }
}

async function importConfig(importFile: ImportFile): Promise<{ readonly default: Config }> {
  const file = ['config.ts', 'config.mts', 'config.js', 'config.mjs'].map((name) => resolve(name)).find((path) => existsSync(path))
  if (file === undefined) {
    throw new ConfigurationError('there is no config.ts here', { where: process.cwd(), wayOut: 'go to the folder that has it' })
  }
  return await importFile(pathToFileURL(file).href) as { readonly default: Config }
}

function unknownCommand(command: string): ConfigurationError {
  const meant = didYouMean(command, commands)
  return new ConfigurationError(`there is no command ${command}`, {
    wayOut: meant === undefined ? `there are ${commands.join(' and ')}; --help says more` : `did you mean ${meant}?`,
  })
}
