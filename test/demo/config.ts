import { defineConfig } from 'starline'
import type { ConfigSpec } from 'starline'
import example from '../../config.ts'

const { source, warehouse, queue, dimensions, facts } = example

/** The example as it is, with its logs where the demonstration clears them away. */
export default defineConfig({
  source, warehouse, queue, logs: process.env['DEMO_LOGS'] ?? false,
  // They were written as such: the configuration that was checked has forgotten which is which.
  dimensions: dimensions as ConfigSpec['dimensions'], facts: facts as ConfigSpec['facts'],
})
