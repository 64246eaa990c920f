import { processEtlTask } from 'starline'
import config from '../config.ts'

/** Loads one dimension or fact on a worker: `const job = await processEtl.add('school', 'dimension')`. */
export const processEtl = processEtlTask(config)
