"""Generated days of a contact centre: `days` invents the calls, `play` pushes them through the public APIs; what people then
do is in a module for each subject (`casework`, `money`, `repairs`, `emergencies`, `improving`, `identity`, `voices`)."""
