import { mainWith } from './cli/main.ts'
import { processIo } from './cli/terminal.ts'
import type { Io } from './cli/terminal.ts'
import type { ImportFile } from './load-config.ts'
import { openQueue } from './queue/open-door.ts'

/** The `starline` command, on the config.ts of the working folder, with the queue behind it. Gives the exit code. */
export const main = (argv: readonly string[], importFile: ImportFile, io: Io = processIo()): Promise<number> => mainWith(argv, importFile, io, openQueue)
