import * as Arbitrary from "effect/Arbitrary"

// One seed for every property, so that a run is repeatable; a failure prints it with the shrunk input.
Arbitrary.configureGlobal({ check: { seed: process.env["PROPERTY_SEED"] ?? "spangate", runs: 100 } })
