/** Writes the page of all exports anew: `npm run docs:api`. */

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { apiPage, PAGE } from './api.ts'
import { ROOT } from './markdown.ts'

writeFileSync(join(ROOT, PAGE), apiPage())
