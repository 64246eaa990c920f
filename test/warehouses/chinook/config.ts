import { defineConfig, env } from 'starline'
import { artist, customer, date, employee, playlist, track } from './dimensions/index.ts'
import { invoice, playlist_track, sale } from './facts/index.ts'

// A shop for music: the Chinook sample database, as a star.
export default defineConfig({
  source: env('ETL_SOURCE', 'mysql://root@127.0.0.1:3306/Chinook'),
  warehouse: env('ETL_WAREHOUSE', 'duckdb:etl-data/chinook.duckdb'),
  logs: 'etl-logs',
  dimensions: { date, customer, employee, artist, track, playlist },
  facts: { sale, invoice, playlist_track },
})
