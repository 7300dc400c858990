# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_reprompt_global_optspecs
    string join \n C/repo= c/config= cache= json q/quiet v/verbose color= no-progress h/help V/version
end

function __fish_reprompt_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_reprompt_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_reprompt_using_subcommand
    set -l cmd (__fish_reprompt_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c reprompt -n "__fish_reprompt_needs_command" -s C -l repo -d 'Work on the prompt repository in DIR instead of the current folder' -r -F
complete -c reprompt -n "__fish_reprompt_needs_command" -s c -l config -d 'Read this config instead of the `reprompt.yaml` found by walking up' -r -F
complete -c reprompt -n "__fish_reprompt_needs_command" -l cache -d 'Keep both databases in DIR instead of the XDG folders [env: REPROMPT_CACHE]' -r -F
complete -c reprompt -n "__fish_reprompt_needs_command" -l color -d 'When to use colour' -r -f -a "auto\t'Colour on a terminal'
always\t'Colour always'
never\t'Never'"
complete -c reprompt -n "__fish_reprompt_needs_command" -l json -d 'Print one JSON document instead of text'
complete -c reprompt -n "__fish_reprompt_needs_command" -s q -l quiet -d 'Print results and warnings only'
complete -c reprompt -n "__fish_reprompt_needs_command" -s v -l verbose -d 'Print more detail'
complete -c reprompt -n "__fish_reprompt_needs_command" -l no-progress -d 'Show no progress bar'
complete -c reprompt -n "__fish_reprompt_needs_command" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c reprompt -n "__fish_reprompt_needs_command" -s V -l version -d 'Print version'
complete -c reprompt -n "__fish_reprompt_needs_command" -f -a "ingest" -d 'Read exported traces into the cache'
complete -c reprompt -n "__fish_reprompt_needs_command" -f -a "intents" -d 'Name what users wanted, and show it over time'
complete -c reprompt -n "__fish_reprompt_needs_command" -f -a "diagnose" -d 'Find what goes wrong, why, and which prompt could fix it'
complete -c reprompt -n "__fish_reprompt_needs_command" -f -a "findings" -d 'Show the problems that were found, and their state'
complete -c reprompt -n "__fish_reprompt_needs_command" -f -a "propose" -d 'Write the smallest change that answers a finding to a branch'
complete -c reprompt -n "__fish_reprompt_needs_command" -f -a "check" -d 'Check a change of prompts against the guardrails'
complete -c reprompt -n "__fish_reprompt_needs_command" -f -a "eval" -d 'Compare base and head on the evaluation suites'
complete -c reprompt -n "__fish_reprompt_needs_command" -f -a "rollback" -d 'Undo the last proposal for a prompt, or go back to a version'
complete -c reprompt -n "__fish_reprompt_needs_command" -f -a "show" -d 'Show a conversation, an intent or a finding'
complete -c reprompt -n "__fish_reprompt_needs_command" -f -a "search" -d 'Find conversations by what was said in them'
complete -c reprompt -n "__fish_reprompt_needs_command" -f -a "log" -d 'Show what was done, and what language models cost'
complete -c reprompt -n "__fish_reprompt_needs_command" -f -a "cache" -d 'Look after the cache: what was read, what could not be, checks, forgetting'
complete -c reprompt -n "__fish_reprompt_needs_command" -f -a "init" -d 'Write a config for the prompts, tools and suites found here'
complete -c reprompt -n "__fish_reprompt_needs_command" -f -a "demo" -d 'Run the whole loop on an example repository'
complete -c reprompt -n "__fish_reprompt_needs_command" -f -a "completions" -d 'Print a completion script for a shell'
complete -c reprompt -n "__fish_reprompt_needs_command" -f -a "man" -d 'Print the manual page'
complete -c reprompt -n "__fish_reprompt_needs_command" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c reprompt -n "__fish_reprompt_using_subcommand ingest" -l format -d 'The format of the files, instead of what their first records look like' -r -f -a "tau2-bench\t''
tau-bench\t''
otlp\t''
kitaru\t''
datadog\t''
jaeger\t''
mlflow\t''
otel-console\t''
phoenix\t''
logfire\t''
otel-spans\t''
opik\t''
langfuse\t''
langsmith\t''
braintrust\t''
agents-sdk\t''
helicone\t''
weave\t''
gemini-cli\t''
claude-code\t''
claude-stream\t''
codex\t''
inspect\t''
openai-batch\t''
openai-responses\t''
call-log\t''
atif\t''
openhands\t''
swe-agent\t''
autogen\t''
sharegpt\t''
vercel-ui\t''
chat\t''
message-lines\t''
outcomes\t''
pairs\t''"
complete -c reprompt -n "__fish_reprompt_using_subcommand ingest" -l since -d 'Pass over what ended before a date or longer ago: 2026-03-14, 7d, 24h' -r
complete -c reprompt -n "__fish_reprompt_using_subcommand ingest" -l map -d 'Where the fields of home-made records are, as a JSON object of JSON Pointers' -r
complete -c reprompt -n "__fish_reprompt_using_subcommand ingest" -s C -l repo -d 'Work on the prompt repository in DIR instead of the current folder' -r -F
complete -c reprompt -n "__fish_reprompt_using_subcommand ingest" -s c -l config -d 'Read this config instead of the `reprompt.yaml` found by walking up' -r -F
complete -c reprompt -n "__fish_reprompt_using_subcommand ingest" -l cache -d 'Keep both databases in DIR instead of the XDG folders [env: REPROMPT_CACHE]' -r -F
complete -c reprompt -n "__fish_reprompt_using_subcommand ingest" -l color -d 'When to use colour' -r -f -a "auto\t'Colour on a terminal'
always\t'Colour always'
never\t'Never'"
complete -c reprompt -n "__fish_reprompt_using_subcommand ingest" -l strict -d 'Exit with 3 when any record was set aside'
complete -c reprompt -n "__fish_reprompt_using_subcommand ingest" -l redact -d 'Put pseudonyms in the place of secrets and personal data before anything is stored'
complete -c reprompt -n "__fish_reprompt_using_subcommand ingest" -l follow -d 'Go on reading what is added to these files and folders, until Ctrl-C'
complete -c reprompt -n "__fish_reprompt_using_subcommand ingest" -l json -d 'Print one JSON document instead of text'
complete -c reprompt -n "__fish_reprompt_using_subcommand ingest" -s q -l quiet -d 'Print results and warnings only'
complete -c reprompt -n "__fish_reprompt_using_subcommand ingest" -s v -l verbose -d 'Print more detail'
complete -c reprompt -n "__fish_reprompt_using_subcommand ingest" -l no-progress -d 'Show no progress bar'
complete -c reprompt -n "__fish_reprompt_using_subcommand ingest" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c reprompt -n "__fish_reprompt_using_subcommand intents; and not __fish_seen_subcommand_from list show trend rename describe merge split ignore unignore assignments help" -l granularity -d 'How finely a first fit or --refit divides' -r -f -a "coarse\t'Fewer, larger intents'
auto\t'As the data is most stable'
fine\t'More, smaller ones'"
complete -c reprompt -n "__fish_reprompt_using_subcommand intents; and not __fish_seen_subcommand_from list show trend rename describe merge split ignore unignore assignments help" -l since -d 'Only conversations since a date or within a time: 2026-03-14, 7d, 8w' -r
complete -c reprompt -n "__fish_reprompt_using_subcommand intents; and not __fish_seen_subcommand_from list show trend rename describe merge split ignore unignore assignments help" -l window -d 'Only the last N weeks, counted from the newest conversation' -r
complete -c reprompt -n "__fish_reprompt_using_subcommand intents; and not __fish_seen_subcommand_from list show trend rename describe merge split ignore unignore assignments help" -l agent -d 'Only conversations of this agent' -r
complete -c reprompt -n "__fish_reprompt_using_subcommand intents; and not __fish_seen_subcommand_from list show trend rename describe merge split ignore unignore assignments help" -l version -d 'Only conversations with this prompt version' -r
complete -c reprompt -n "__fish_reprompt_using_subcommand intents; and not __fish_seen_subcommand_from list show trend rename describe merge split ignore unignore assignments help" -l sort -d 'What comes first' -r -f -a "avoidable\t'The most preventable failures'
count\t'The most conversations'
failing\t'The highest share of failures'
newest\t'The newest intent'
name\t'By name'"
complete -c reprompt -n "__fish_reprompt_using_subcommand intents; and not __fish_seen_subcommand_from list show trend rename describe merge split ignore unignore assignments help" -l engine -d 'Who names, reads and drafts: the embedded engine or a language model [default: the config\'s `engine`]' -r -f -a "local\t'The embedded engine'
llm\t'The language model of the config'"
complete -c reprompt -n "__fish_reprompt_using_subcommand intents; and not __fish_seen_subcommand_from list show trend rename describe merge split ignore unignore assignments help" -l max-cost -d 'Spend at most so many dollars in this run' -r
complete -c reprompt -n "__fish_reprompt_using_subcommand intents; and not __fish_seen_subcommand_from list show trend rename describe merge split ignore unignore assignments help" -s j -l jobs -d 'Calls under way at once, at most' -r
complete -c reprompt -n "__fish_reprompt_using_subcommand intents; and not __fish_seen_subcommand_from list show trend rename describe merge split ignore unignore assignments help" -l deadline -d 'End after so many seconds, keeping what came until then' -r
complete -c reprompt -n "__fish_reprompt_using_subcommand intents; and not __fish_seen_subcommand_from list show trend rename describe merge split ignore unignore assignments help" -l replies -d 'What stored replies are used for' -r -f -a "on\t'Read and written'
read-only\t'Read only; nothing is sent'
write-only\t'Written only; everything is asked anew'
off\t'Neither'"
complete -c reprompt -n "__fish_reprompt_using_subcommand intents; and not __fish_seen_subcommand_from list show trend rename describe merge split ignore unignore assignments help" -l record -d 'Write every exchange to a file in DIR' -r -F
complete -c reprompt -n "__fish_reprompt_using_subcommand intents; and not __fish_seen_subcommand_from list show trend rename describe merge split ignore unignore assignments help" -l replay -d 'Answer from the exchanges in DIR; open no socket and pay nothing' -r -F
complete -c reprompt -n "__fish_reprompt_using_subcommand intents; and not __fish_seen_subcommand_from list show trend rename describe merge split ignore unignore assignments help" -s C -l repo -d 'Work on the prompt repository in DIR instead of the current folder' -r -F
complete -c reprompt -n "__fish_reprompt_using_subcommand intents; and not __fish_seen_subcommand_from list show trend rename describe merge split ignore unignore assignments help" -s c -l config -d 'Read this config instead of the `reprompt.yaml` found by walking up' -r -F
complete -c reprompt -n "__fish_reprompt_using_subcommand intents; and not __fish_seen_subcommand_from list show trend rename describe merge split ignore unignore assignments help" -l cache -d 'Keep both databases in DIR instead of the XDG folders [env: REPROMPT_CACHE]' -r -F
complete -c reprompt -n "__fish_reprompt_using_subcommand intents; and not __fish_seen_subcommand_from list show trend rename describe merge split ignore unignore assignments help" -l color -d 'When to use colour' -r -f -a "auto\t'Colour on a terminal'
always\t'Colour always'
never\t'Never'"
complete -c reprompt -n "__fish_reprompt_using_subcommand intents; and not __fish_seen_subcommand_from list show trend rename describe merge split ignore unignore assignments help" -l dry-run -d 'Send nothing and store nothing: count what asking a language model would cost, or, with --refit, say what would become of the intents'
complete -c reprompt -n "__fish_reprompt_using_subcommand intents; and not __fish_seen_subcommand_from list show trend rename describe merge split ignore unignore assignments help" -l refit -d 'Learn everything anew; intents that match keep their ids, and what became of the others is said'
complete -c reprompt -n "__fish_reprompt_using_subcommand intents; and not __fish_seen_subcommand_from list show trend rename describe merge split ignore unignore assignments help" -l save -d 'Write all intents into intents.yaml, so that their names and ids outlive this cache'
complete -c reprompt -n "__fish_reprompt_using_subcommand intents; and not __fish_seen_subcommand_from list show trend rename describe merge split ignore unignore assignments help" -l summary -d 'Print one line of what is new, surging or resolved'
complete -c reprompt -n "__fish_reprompt_using_subcommand intents; and not __fish_seen_subcommand_from list show trend rename describe merge split ignore unignore assignments help" -l csv -d 'Print comma-separated values instead of text'
complete -c reprompt -n "__fish_reprompt_using_subcommand intents; and not __fish_seen_subcommand_from list show trend rename describe merge split ignore unignore assignments help" -l offline -d 'Open no socket; a reply that is not stored is an error'
complete -c reprompt -n "__fish_reprompt_using_subcommand intents; and not __fish_seen_subcommand_from list show trend rename describe merge split ignore unignore assignments help" -l show-egress -d 'Print exactly the bytes that would be sent, and send nothing'
complete -c reprompt -n "__fish_reprompt_using_subcommand intents; and not __fish_seen_subcommand_from list show trend rename describe merge split ignore unignore assignments help" -l json -d 'Print one JSON document instead of text'
complete -c reprompt -n "__fish_reprompt_using_subcommand intents; and not __fish_seen_subcommand_from list show trend rename describe merge split ignore unignore assignments help" -s q -l quiet -d 'Print results and warnings only'
complete -c reprompt -n "__fish_reprompt_using_subcommand intents; and not __fish_seen_subcommand_from list show trend rename describe merge split ignore unignore assignments help" -s v -l verbose -d 'Print more detail'
complete -c reprompt -n "__fish_reprompt_using_subcommand intents; and not __fish_seen_subcommand_from list show trend rename describe merge split ignore unignore assignments help" -l no-progress -d 'Show no progress bar'
complete -c reprompt -n "__fish_reprompt_using_subcommand intents; and not __fish_seen_subcommand_from list show trend rename describe merge split ignore unignore assignments help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c reprompt -n "__fish_reprompt_using_subcommand intents; and not __fish_seen_subcommand_from list show trend rename describe merge split ignore unignore assignments help" -f -a "list" -d 'List all intents, those with the most preventable failures first'
complete -c reprompt -n "__fish_reprompt_using_subcommand intents; and not __fish_seen_subcommand_from list show trend rename describe merge split ignore unignore assignments help" -f -a "show" -d 'Show one intent: key phrases, weeks, and threads that represent it'
complete -c reprompt -n "__fish_reprompt_using_subcommand intents; and not __fish_seen_subcommand_from list show trend rename describe merge split ignore unignore assignments help" -f -a "trend" -d 'Show volume and failures week by week'
complete -c reprompt -n "__fish_reprompt_using_subcommand intents; and not __fish_seen_subcommand_from list show trend rename describe merge split ignore unignore assignments help" -f -a "rename" -d 'Call an intent by another name'
complete -c reprompt -n "__fish_reprompt_using_subcommand intents; and not __fish_seen_subcommand_from list show trend rename describe merge split ignore unignore assignments help" -f -a "describe" -d 'Say in a sentence what belongs to an intent'
complete -c reprompt -n "__fish_reprompt_using_subcommand intents; and not __fish_seen_subcommand_from list show trend rename describe merge split ignore unignore assignments help" -f -a "merge" -d 'Show the goals of one intent under another; a part that was split off goes back'
complete -c reprompt -n "__fish_reprompt_using_subcommand intents; and not __fish_seen_subcommand_from list show trend rename describe merge split ignore unignore assignments help" -f -a "split" -d 'Show the goals that hold a phrase as an intent of their own'
complete -c reprompt -n "__fish_reprompt_using_subcommand intents; and not __fish_seen_subcommand_from list show trend rename describe merge split ignore unignore assignments help" -f -a "ignore" -d 'Work no longer on an intent; it is still counted'
complete -c reprompt -n "__fish_reprompt_using_subcommand intents; and not __fish_seen_subcommand_from list show trend rename describe merge split ignore unignore assignments help" -f -a "unignore" -d 'Work on an intent again'
complete -c reprompt -n "__fish_reprompt_using_subcommand intents; and not __fish_seen_subcommand_from list show trend rename describe merge split ignore unignore assignments help" -f -a "assignments" -d 'Print every goal with its intent, a line of JSON each, or with --csv a row'
complete -c reprompt -n "__fish_reprompt_using_subcommand intents; and not __fish_seen_subcommand_from list show trend rename describe merge split ignore unignore assignments help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c reprompt -n "__fish_reprompt_using_subcommand intents; and __fish_seen_subcommand_from list" -l since -d 'Only conversations since a date or within a time: 2026-03-14, 7d, 8w' -r
complete -c reprompt -n "__fish_reprompt_using_subcommand intents; and __fish_seen_subcommand_from list" -l window -d 'Only the last N weeks, counted from the newest conversation' -r
complete -c reprompt -n "__fish_reprompt_using_subcommand intents; and __fish_seen_subcommand_from list" -l agent -d 'Only conversations of this agent' -r
complete -c reprompt -n "__fish_reprompt_using_subcommand intents; and __fish_seen_subcommand_from list" -l version -d 'Only conversations with this prompt version' -r
complete -c reprompt -n "__fish_reprompt_using_subcommand intents; and __fish_seen_subcommand_from list" -l sort -d 'What comes first' -r -f -a "avoidable\t'The most preventable failures'
count\t'The most conversations'
failing\t'The highest share of failures'
newest\t'The newest intent'
name\t'By name'"
complete -c reprompt -n "__fish_reprompt_using_subcommand intents; and __fish_seen_subcommand_from list" -s C -l repo -d 'Work on the prompt repository in DIR instead of the current folder' -r -F
complete -c reprompt -n "__fish_reprompt_using_subcommand intents; and __fish_seen_subcommand_from list" -s c -l config -d 'Read this config instead of the `reprompt.yaml` found by walking up' -r -F
complete -c reprompt -n "__fish_reprompt_using_subcommand intents; and __fish_seen_subcommand_from list" -l cache -d 'Keep both databases in DIR instead of the XDG folders [env: REPROMPT_CACHE]' -r -F
complete -c reprompt -n "__fish_reprompt_using_subcommand intents; and __fish_seen_subcommand_from list" -l color -d 'When to use colour' -r -f -a "auto\t'Colour on a terminal'
always\t'Colour always'
never\t'Never'"
complete -c reprompt -n "__fish_reprompt_using_subcommand intents; and __fish_seen_subcommand_from list" -l csv -d 'Print comma-separated values instead of text'
complete -c reprompt -n "__fish_reprompt_using_subcommand intents; and __fish_seen_subcommand_from list" -l json -d 'Print one JSON document instead of text'
complete -c reprompt -n "__fish_reprompt_using_subcommand intents; and __fish_seen_subcommand_from list" -s q -l quiet -d 'Print results and warnings only'
complete -c reprompt -n "__fish_reprompt_using_subcommand intents; and __fish_seen_subcommand_from list" -s v -l verbose -d 'Print more detail'
complete -c reprompt -n "__fish_reprompt_using_subcommand intents; and __fish_seen_subcommand_from list" -l no-progress -d 'Show no progress bar'
complete -c reprompt -n "__fish_reprompt_using_subcommand intents; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c reprompt -n "__fish_reprompt_using_subcommand intents; and __fish_seen_subcommand_from show" -l since -d 'Only conversations since a date or within a time: 2026-03-14, 7d, 8w' -r
complete -c reprompt -n "__fish_reprompt_using_subcommand intents; and __fish_seen_subcommand_from show" -l window -d 'Only the last N weeks, counted from the newest conversation' -r
complete -c reprompt -n "__fish_reprompt_using_subcommand intents; and __fish_seen_subcommand_from show" -l agent -d 'Only conversations of this agent' -r
complete -c reprompt -n "__fish_reprompt_using_subcommand intents; and __fish_seen_subcommand_from show" -l version -d 'Only conversations with this prompt version' -r
complete -c reprompt -n "__fish_reprompt_using_subcommand intents; and __fish_seen_subcommand_from show" -l sort -d 'What comes first' -r -f -a "avoidable\t'The most preventable failures'
count\t'The most conversations'
failing\t'The highest share of failures'
newest\t'The newest intent'
name\t'By name'"
complete -c reprompt -n "__fish_reprompt_using_subcommand intents; and __fish_seen_subcommand_from show" -s C -l repo -d 'Work on the prompt repository in DIR instead of the current folder' -r -F
complete -c reprompt -n "__fish_reprompt_using_subcommand intents; and __fish_seen_subcommand_from show" -s c -l config -d 'Read this config instead of the `reprompt.yaml` found by walking up' -r -F
complete -c reprompt -n "__fish_reprompt_using_subcommand intents; and __fish_seen_subcommand_from show" -l cache -d 'Keep both databases in DIR instead of the XDG folders [env: REPROMPT_CACHE]' -r -F
complete -c reprompt -n "__fish_reprompt_using_subcommand intents; and __fish_seen_subcommand_from show" -l color -d 'When to use colour' -r -f -a "auto\t'Colour on a terminal'
always\t'Colour always'
never\t'Never'"
complete -c reprompt -n "__fish_reprompt_using_subcommand intents; and __fish_seen_subcommand_from show" -l csv -d 'Print comma-separated values instead of text'
complete -c reprompt -n "__fish_reprompt_using_subcommand intents; and __fish_seen_subcommand_from show" -l json -d 'Print one JSON document instead of text'
complete -c reprompt -n "__fish_reprompt_using_subcommand intents; and __fish_seen_subcommand_from show" -s q -l quiet -d 'Print results and warnings only'
complete -c reprompt -n "__fish_reprompt_using_subcommand intents; and __fish_seen_subcommand_from show" -s v -l verbose -d 'Print more detail'
complete -c reprompt -n "__fish_reprompt_using_subcommand intents; and __fish_seen_subcommand_from show" -l no-progress -d 'Show no progress bar'
complete -c reprompt -n "__fish_reprompt_using_subcommand intents; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c reprompt -n "__fish_reprompt_using_subcommand intents; and __fish_seen_subcommand_from trend" -l since -d 'Only conversations since a date or within a time: 2026-03-14, 7d, 8w' -r
complete -c reprompt -n "__fish_reprompt_using_subcommand intents; and __fish_seen_subcommand_from trend" -l window -d 'Only the last N weeks, counted from the newest conversation' -r
complete -c reprompt -n "__fish_reprompt_using_subcommand intents; and __fish_seen_subcommand_from trend" -l agent -d 'Only conversations of this agent' -r
complete -c reprompt -n "__fish_reprompt_using_subcommand intents; and __fish_seen_subcommand_from trend" -l version -d 'Only conversations with this prompt version' -r
complete -c reprompt -n "__fish_reprompt_using_subcommand intents; and __fish_seen_subcommand_from trend" -l sort -d 'What comes first' -r -f -a "avoidable\t'The most preventable failures'
count\t'The most conversations'
failing\t'The highest share of failures'
newest\t'The newest intent'
name\t'By name'"
complete -c reprompt -n "__fish_reprompt_using_subcommand intents; and __fish_seen_subcommand_from trend" -s C -l repo -d 'Work on the prompt repository in DIR instead of the current folder' -r -F
complete -c reprompt -n "__fish_reprompt_using_subcommand intents; and __fish_seen_subcommand_from trend" -s c -l config -d 'Read this config instead of the `reprompt.yaml` found by walking up' -r -F
complete -c reprompt -n "__fish_reprompt_using_subcommand intents; and __fish_seen_subcommand_from trend" -l cache -d 'Keep both databases in DIR instead of the XDG folders [env: REPROMPT_CACHE]' -r -F
complete -c reprompt -n "__fish_reprompt_using_subcommand intents; and __fish_seen_subcommand_from trend" -l color -d 'When to use colour' -r -f -a "auto\t'Colour on a terminal'
always\t'Colour always'
never\t'Never'"
complete -c reprompt -n "__fish_reprompt_using_subcommand intents; and __fish_seen_subcommand_from trend" -l csv -d 'Print comma-separated values instead of text'
complete -c reprompt -n "__fish_reprompt_using_subcommand intents; and __fish_seen_subcommand_from trend" -l json -d 'Print one JSON document instead of text'
complete -c reprompt -n "__fish_reprompt_using_subcommand intents; and __fish_seen_subcommand_from trend" -s q -l quiet -d 'Print results and warnings only'
complete -c reprompt -n "__fish_reprompt_using_subcommand intents; and __fish_seen_subcommand_from trend" -s v -l verbose -d 'Print more detail'
complete -c reprompt -n "__fish_reprompt_using_subcommand intents; and __fish_seen_subcommand_from trend" -l no-progress -d 'Show no progress bar'
complete -c reprompt -n "__fish_reprompt_using_subcommand intents; and __fish_seen_subcommand_from trend" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c reprompt -n "__fish_reprompt_using_subcommand intents; and __fish_seen_subcommand_from rename" -l since -d 'Only conversations since a date or within a time: 2026-03-14, 7d, 8w' -r
complete -c reprompt -n "__fish_reprompt_using_subcommand intents; and __fish_seen_subcommand_from rename" -l window -d 'Only the last N weeks, counted from the newest conversation' -r
complete -c reprompt -n "__fish_reprompt_using_subcommand intents; and __fish_seen_subcommand_from rename" -l agent -d 'Only conversations of this agent' -r
complete -c reprompt -n "__fish_reprompt_using_subcommand intents; and __fish_seen_subcommand_from rename" -l version -d 'Only conversations with this prompt version' -r
complete -c reprompt -n "__fish_reprompt_using_subcommand intents; and __fish_seen_subcommand_from rename" -l sort -d 'What comes first' -r -f -a "avoidable\t'The most preventable failures'
count\t'The most conversations'
failing\t'The highest share of failures'
newest\t'The newest intent'
name\t'By name'"
complete -c reprompt -n "__fish_reprompt_using_subcommand intents; and __fish_seen_subcommand_from rename" -s C -l repo -d 'Work on the prompt repository in DIR instead of the current folder' -r -F
complete -c reprompt -n "__fish_reprompt_using_subcommand intents; and __fish_seen_subcommand_from rename" -s c -l config -d 'Read this config instead of the `reprompt.yaml` found by walking up' -r -F
complete -c reprompt -n "__fish_reprompt_using_subcommand intents; and __fish_seen_subcommand_from rename" -l cache -d 'Keep both databases in DIR instead of the XDG folders [env: REPROMPT_CACHE]' -r -F
complete -c reprompt -n "__fish_reprompt_using_subcommand intents; and __fish_seen_subcommand_from rename" -l color -d 'When to use colour' -r -f -a "auto\t'Colour on a terminal'
always\t'Colour always'
never\t'Never'"
complete -c reprompt -n "__fish_reprompt_using_subcommand intents; and __fish_seen_subcommand_from rename" -l csv -d 'Print comma-separated values instead of text'
complete -c reprompt -n "__fish_reprompt_using_subcommand intents; and __fish_seen_subcommand_from rename" -l json -d 'Print one JSON document instead of text'
complete -c reprompt -n "__fish_reprompt_using_subcommand intents; and __fish_seen_subcommand_from rename" -s q -l quiet -d 'Print results and warnings only'
complete -c reprompt -n "__fish_reprompt_using_subcommand intents; and __fish_seen_subcommand_from rename" -s v -l verbose -d 'Print more detail'
complete -c reprompt -n "__fish_reprompt_using_subcommand intents; and __fish_seen_subcommand_from rename" -l no-progress -d 'Show no progress bar'
complete -c reprompt -n "__fish_reprompt_using_subcommand intents; and __fish_seen_subcommand_from rename" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c reprompt -n "__fish_reprompt_using_subcommand intents; and __fish_seen_subcommand_from describe" -l since -d 'Only conversations since a date or within a time: 2026-03-14, 7d, 8w' -r
complete -c reprompt -n "__fish_reprompt_using_subcommand intents; and __fish_seen_subcommand_from describe" -l window -d 'Only the last N weeks, counted from the newest conversation' -r
complete -c reprompt -n "__fish_reprompt_using_subcommand intents; and __fish_seen_subcommand_from describe" -l agent -d 'Only conversations of this agent' -r
complete -c reprompt -n "__fish_reprompt_using_subcommand intents; and __fish_seen_subcommand_from describe" -l version -d 'Only conversations with this prompt version' -r
complete -c reprompt -n "__fish_reprompt_using_subcommand intents; and __fish_seen_subcommand_from describe" -l sort -d 'What comes first' -r -f -a "avoidable\t'The most preventable failures'
count\t'The most conversations'
failing\t'The highest share of failures'
newest\t'The newest intent'
name\t'By name'"
complete -c reprompt -n "__fish_reprompt_using_subcommand intents; and __fish_seen_subcommand_from describe" -s C -l repo -d 'Work on the prompt repository in DIR instead of the current folder' -r -F
complete -c reprompt -n "__fish_reprompt_using_subcommand intents; and __fish_seen_subcommand_from describe" -s c -l config -d 'Read this config instead of the `reprompt.yaml` found by walking up' -r -F
complete -c reprompt -n "__fish_reprompt_using_subcommand intents; and __fish_seen_subcommand_from describe" -l cache -d 'Keep both databases in DIR instead of the XDG folders [env: REPROMPT_CACHE]' -r -F
complete -c reprompt -n "__fish_reprompt_using_subcommand intents; and __fish_seen_subcommand_from describe" -l color -d 'When to use colour' -r -f -a "auto\t'Colour on a terminal'
always\t'Colour always'
never\t'Never'"
complete -c reprompt -n "__fish_reprompt_using_subcommand intents; and __fish_seen_subcommand_from describe" -l csv -d 'Print comma-separated values instead of text'
complete -c reprompt -n "__fish_reprompt_using_subcommand intents; and __fish_seen_subcommand_from describe" -l json -d 'Print one JSON document instead of text'
complete -c reprompt -n "__fish_reprompt_using_subcommand intents; and __fish_seen_subcommand_from describe" -s q -l quiet -d 'Print results and warnings only'
complete -c reprompt -n "__fish_reprompt_using_subcommand intents; and __fish_seen_subcommand_from describe" -s v -l verbose -d 'Print more detail'
complete -c reprompt -n "__fish_reprompt_using_subcommand intents; and __fish_seen_subcommand_from describe" -l no-progress -d 'Show no progress bar'
complete -c reprompt -n "__fish_reprompt_using_subcommand intents; and __fish_seen_subcommand_from describe" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c reprompt -n "__fish_reprompt_using_subcommand intents; and __fish_seen_subcommand_from merge" -l since -d 'Only conversations since a date or within a time: 2026-03-14, 7d, 8w' -r
complete -c reprompt -n "__fish_reprompt_using_subcommand intents; and __fish_seen_subcommand_from merge" -l window -d 'Only the last N weeks, counted from the newest conversation' -r
complete -c reprompt -n "__fish_reprompt_using_subcommand intents; and __fish_seen_subcommand_from merge" -l agent -d 'Only conversations of this agent' -r
complete -c reprompt -n "__fish_reprompt_using_subcommand intents; and __fish_seen_subcommand_from merge" -l version -d 'Only conversations with this prompt version' -r
complete -c reprompt -n "__fish_reprompt_using_subcommand intents; and __fish_seen_subcommand_from merge" -l sort -d 'What comes first' -r -f -a "avoidable\t'The most preventable failures'
count\t'The most conversations'
failing\t'The highest share of failures'
newest\t'The newest intent'
name\t'By name'"
complete -c reprompt -n "__fish_reprompt_using_subcommand intents; and __fish_seen_subcommand_from merge" -s C -l repo -d 'Work on the prompt repository in DIR instead of the current folder' -r -F
complete -c reprompt -n "__fish_reprompt_using_subcommand intents; and __fish_seen_subcommand_from merge" -s c -l config -d 'Read this config instead of the `reprompt.yaml` found by walking up' -r -F
complete -c reprompt -n "__fish_reprompt_using_subcommand intents; and __fish_seen_subcommand_from merge" -l cache -d 'Keep both databases in DIR instead of the XDG folders [env: REPROMPT_CACHE]' -r -F
complete -c reprompt -n "__fish_reprompt_using_subcommand intents; and __fish_seen_subcommand_from merge" -l color -d 'When to use colour' -r -f -a "auto\t'Colour on a terminal'
always\t'Colour always'
never\t'Never'"
complete -c reprompt -n "__fish_reprompt_using_subcommand intents; and __fish_seen_subcommand_from merge" -l csv -d 'Print comma-separated values instead of text'
complete -c reprompt -n "__fish_reprompt_using_subcommand intents; and __fish_seen_subcommand_from merge" -l json -d 'Print one JSON document instead of text'
complete -c reprompt -n "__fish_reprompt_using_subcommand intents; and __fish_seen_subcommand_from merge" -s q -l quiet -d 'Print results and warnings only'
complete -c reprompt -n "__fish_reprompt_using_subcommand intents; and __fish_seen_subcommand_from merge" -s v -l verbose -d 'Print more detail'
complete -c reprompt -n "__fish_reprompt_using_subcommand intents; and __fish_seen_subcommand_from merge" -l no-progress -d 'Show no progress bar'
complete -c reprompt -n "__fish_reprompt_using_subcommand intents; and __fish_seen_subcommand_from merge" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c reprompt -n "__fish_reprompt_using_subcommand intents; and __fish_seen_subcommand_from split" -l containing -d 'The phrase; several times for several' -r
complete -c reprompt -n "__fish_reprompt_using_subcommand intents; and __fish_seen_subcommand_from split" -l name -d 'The part\'s name; its first phrase when there is none' -r
complete -c reprompt -n "__fish_reprompt_using_subcommand intents; and __fish_seen_subcommand_from split" -l since -d 'Only conversations since a date or within a time: 2026-03-14, 7d, 8w' -r
complete -c reprompt -n "__fish_reprompt_using_subcommand intents; and __fish_seen_subcommand_from split" -l window -d 'Only the last N weeks, counted from the newest conversation' -r
complete -c reprompt -n "__fish_reprompt_using_subcommand intents; and __fish_seen_subcommand_from split" -l agent -d 'Only conversations of this agent' -r
complete -c reprompt -n "__fish_reprompt_using_subcommand intents; and __fish_seen_subcommand_from split" -l version -d 'Only conversations with this prompt version' -r
complete -c reprompt -n "__fish_reprompt_using_subcommand intents; and __fish_seen_subcommand_from split" -l sort -d 'What comes first' -r -f -a "avoidable\t'The most preventable failures'
count\t'The most conversations'
failing\t'The highest share of failures'
newest\t'The newest intent'
name\t'By name'"
complete -c reprompt -n "__fish_reprompt_using_subcommand intents; and __fish_seen_subcommand_from split" -s C -l repo -d 'Work on the prompt repository in DIR instead of the current folder' -r -F
complete -c reprompt -n "__fish_reprompt_using_subcommand intents; and __fish_seen_subcommand_from split" -s c -l config -d 'Read this config instead of the `reprompt.yaml` found by walking up' -r -F
complete -c reprompt -n "__fish_reprompt_using_subcommand intents; and __fish_seen_subcommand_from split" -l cache -d 'Keep both databases in DIR instead of the XDG folders [env: REPROMPT_CACHE]' -r -F
complete -c reprompt -n "__fish_reprompt_using_subcommand intents; and __fish_seen_subcommand_from split" -l color -d 'When to use colour' -r -f -a "auto\t'Colour on a terminal'
always\t'Colour always'
never\t'Never'"
complete -c reprompt -n "__fish_reprompt_using_subcommand intents; and __fish_seen_subcommand_from split" -l csv -d 'Print comma-separated values instead of text'
complete -c reprompt -n "__fish_reprompt_using_subcommand intents; and __fish_seen_subcommand_from split" -l json -d 'Print one JSON document instead of text'
complete -c reprompt -n "__fish_reprompt_using_subcommand intents; and __fish_seen_subcommand_from split" -s q -l quiet -d 'Print results and warnings only'
complete -c reprompt -n "__fish_reprompt_using_subcommand intents; and __fish_seen_subcommand_from split" -s v -l verbose -d 'Print more detail'
complete -c reprompt -n "__fish_reprompt_using_subcommand intents; and __fish_seen_subcommand_from split" -l no-progress -d 'Show no progress bar'
complete -c reprompt -n "__fish_reprompt_using_subcommand intents; and __fish_seen_subcommand_from split" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c reprompt -n "__fish_reprompt_using_subcommand intents; and __fish_seen_subcommand_from ignore" -l reason -d 'Why, for whoever asks later' -r
complete -c reprompt -n "__fish_reprompt_using_subcommand intents; and __fish_seen_subcommand_from ignore" -l since -d 'Only conversations since a date or within a time: 2026-03-14, 7d, 8w' -r
complete -c reprompt -n "__fish_reprompt_using_subcommand intents; and __fish_seen_subcommand_from ignore" -l window -d 'Only the last N weeks, counted from the newest conversation' -r
complete -c reprompt -n "__fish_reprompt_using_subcommand intents; and __fish_seen_subcommand_from ignore" -l agent -d 'Only conversations of this agent' -r
complete -c reprompt -n "__fish_reprompt_using_subcommand intents; and __fish_seen_subcommand_from ignore" -l version -d 'Only conversations with this prompt version' -r
complete -c reprompt -n "__fish_reprompt_using_subcommand intents; and __fish_seen_subcommand_from ignore" -l sort -d 'What comes first' -r -f -a "avoidable\t'The most preventable failures'
count\t'The most conversations'
failing\t'The highest share of failures'
newest\t'The newest intent'
name\t'By name'"
complete -c reprompt -n "__fish_reprompt_using_subcommand intents; and __fish_seen_subcommand_from ignore" -s C -l repo -d 'Work on the prompt repository in DIR instead of the current folder' -r -F
complete -c reprompt -n "__fish_reprompt_using_subcommand intents; and __fish_seen_subcommand_from ignore" -s c -l config -d 'Read this config instead of the `reprompt.yaml` found by walking up' -r -F
complete -c reprompt -n "__fish_reprompt_using_subcommand intents; and __fish_seen_subcommand_from ignore" -l cache -d 'Keep both databases in DIR instead of the XDG folders [env: REPROMPT_CACHE]' -r -F
complete -c reprompt -n "__fish_reprompt_using_subcommand intents; and __fish_seen_subcommand_from ignore" -l color -d 'When to use colour' -r -f -a "auto\t'Colour on a terminal'
always\t'Colour always'
never\t'Never'"
complete -c reprompt -n "__fish_reprompt_using_subcommand intents; and __fish_seen_subcommand_from ignore" -l csv -d 'Print comma-separated values instead of text'
complete -c reprompt -n "__fish_reprompt_using_subcommand intents; and __fish_seen_subcommand_from ignore" -l json -d 'Print one JSON document instead of text'
complete -c reprompt -n "__fish_reprompt_using_subcommand intents; and __fish_seen_subcommand_from ignore" -s q -l quiet -d 'Print results and warnings only'
complete -c reprompt -n "__fish_reprompt_using_subcommand intents; and __fish_seen_subcommand_from ignore" -s v -l verbose -d 'Print more detail'
complete -c reprompt -n "__fish_reprompt_using_subcommand intents; and __fish_seen_subcommand_from ignore" -l no-progress -d 'Show no progress bar'
complete -c reprompt -n "__fish_reprompt_using_subcommand intents; and __fish_seen_subcommand_from ignore" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c reprompt -n "__fish_reprompt_using_subcommand intents; and __fish_seen_subcommand_from unignore" -l since -d 'Only conversations since a date or within a time: 2026-03-14, 7d, 8w' -r
complete -c reprompt -n "__fish_reprompt_using_subcommand intents; and __fish_seen_subcommand_from unignore" -l window -d 'Only the last N weeks, counted from the newest conversation' -r
complete -c reprompt -n "__fish_reprompt_using_subcommand intents; and __fish_seen_subcommand_from unignore" -l agent -d 'Only conversations of this agent' -r
complete -c reprompt -n "__fish_reprompt_using_subcommand intents; and __fish_seen_subcommand_from unignore" -l version -d 'Only conversations with this prompt version' -r
complete -c reprompt -n "__fish_reprompt_using_subcommand intents; and __fish_seen_subcommand_from unignore" -l sort -d 'What comes first' -r -f -a "avoidable\t'The most preventable failures'
count\t'The most conversations'
failing\t'The highest share of failures'
newest\t'The newest intent'
name\t'By name'"
complete -c reprompt -n "__fish_reprompt_using_subcommand intents; and __fish_seen_subcommand_from unignore" -s C -l repo -d 'Work on the prompt repository in DIR instead of the current folder' -r -F
complete -c reprompt -n "__fish_reprompt_using_subcommand intents; and __fish_seen_subcommand_from unignore" -s c -l config -d 'Read this config instead of the `reprompt.yaml` found by walking up' -r -F
complete -c reprompt -n "__fish_reprompt_using_subcommand intents; and __fish_seen_subcommand_from unignore" -l cache -d 'Keep both databases in DIR instead of the XDG folders [env: REPROMPT_CACHE]' -r -F
complete -c reprompt -n "__fish_reprompt_using_subcommand intents; and __fish_seen_subcommand_from unignore" -l color -d 'When to use colour' -r -f -a "auto\t'Colour on a terminal'
always\t'Colour always'
never\t'Never'"
complete -c reprompt -n "__fish_reprompt_using_subcommand intents; and __fish_seen_subcommand_from unignore" -l csv -d 'Print comma-separated values instead of text'
complete -c reprompt -n "__fish_reprompt_using_subcommand intents; and __fish_seen_subcommand_from unignore" -l json -d 'Print one JSON document instead of text'
complete -c reprompt -n "__fish_reprompt_using_subcommand intents; and __fish_seen_subcommand_from unignore" -s q -l quiet -d 'Print results and warnings only'
complete -c reprompt -n "__fish_reprompt_using_subcommand intents; and __fish_seen_subcommand_from unignore" -s v -l verbose -d 'Print more detail'
complete -c reprompt -n "__fish_reprompt_using_subcommand intents; and __fish_seen_subcommand_from unignore" -l no-progress -d 'Show no progress bar'
complete -c reprompt -n "__fish_reprompt_using_subcommand intents; and __fish_seen_subcommand_from unignore" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c reprompt -n "__fish_reprompt_using_subcommand intents; and __fish_seen_subcommand_from assignments" -l since -d 'Only conversations since a date or within a time: 2026-03-14, 7d, 8w' -r
complete -c reprompt -n "__fish_reprompt_using_subcommand intents; and __fish_seen_subcommand_from assignments" -l window -d 'Only the last N weeks, counted from the newest conversation' -r
complete -c reprompt -n "__fish_reprompt_using_subcommand intents; and __fish_seen_subcommand_from assignments" -l agent -d 'Only conversations of this agent' -r
complete -c reprompt -n "__fish_reprompt_using_subcommand intents; and __fish_seen_subcommand_from assignments" -l version -d 'Only conversations with this prompt version' -r
complete -c reprompt -n "__fish_reprompt_using_subcommand intents; and __fish_seen_subcommand_from assignments" -l sort -d 'What comes first' -r -f -a "avoidable\t'The most preventable failures'
count\t'The most conversations'
failing\t'The highest share of failures'
newest\t'The newest intent'
name\t'By name'"
complete -c reprompt -n "__fish_reprompt_using_subcommand intents; and __fish_seen_subcommand_from assignments" -s C -l repo -d 'Work on the prompt repository in DIR instead of the current folder' -r -F
complete -c reprompt -n "__fish_reprompt_using_subcommand intents; and __fish_seen_subcommand_from assignments" -s c -l config -d 'Read this config instead of the `reprompt.yaml` found by walking up' -r -F
complete -c reprompt -n "__fish_reprompt_using_subcommand intents; and __fish_seen_subcommand_from assignments" -l cache -d 'Keep both databases in DIR instead of the XDG folders [env: REPROMPT_CACHE]' -r -F
complete -c reprompt -n "__fish_reprompt_using_subcommand intents; and __fish_seen_subcommand_from assignments" -l color -d 'When to use colour' -r -f -a "auto\t'Colour on a terminal'
always\t'Colour always'
never\t'Never'"
complete -c reprompt -n "__fish_reprompt_using_subcommand intents; and __fish_seen_subcommand_from assignments" -l csv -d 'Print comma-separated values instead of text'
complete -c reprompt -n "__fish_reprompt_using_subcommand intents; and __fish_seen_subcommand_from assignments" -l json -d 'Print one JSON document instead of text'
complete -c reprompt -n "__fish_reprompt_using_subcommand intents; and __fish_seen_subcommand_from assignments" -s q -l quiet -d 'Print results and warnings only'
complete -c reprompt -n "__fish_reprompt_using_subcommand intents; and __fish_seen_subcommand_from assignments" -s v -l verbose -d 'Print more detail'
complete -c reprompt -n "__fish_reprompt_using_subcommand intents; and __fish_seen_subcommand_from assignments" -l no-progress -d 'Show no progress bar'
complete -c reprompt -n "__fish_reprompt_using_subcommand intents; and __fish_seen_subcommand_from assignments" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c reprompt -n "__fish_reprompt_using_subcommand intents; and __fish_seen_subcommand_from help" -f -a "list" -d 'List all intents, those with the most preventable failures first'
complete -c reprompt -n "__fish_reprompt_using_subcommand intents; and __fish_seen_subcommand_from help" -f -a "show" -d 'Show one intent: key phrases, weeks, and threads that represent it'
complete -c reprompt -n "__fish_reprompt_using_subcommand intents; and __fish_seen_subcommand_from help" -f -a "trend" -d 'Show volume and failures week by week'
complete -c reprompt -n "__fish_reprompt_using_subcommand intents; and __fish_seen_subcommand_from help" -f -a "rename" -d 'Call an intent by another name'
complete -c reprompt -n "__fish_reprompt_using_subcommand intents; and __fish_seen_subcommand_from help" -f -a "describe" -d 'Say in a sentence what belongs to an intent'
complete -c reprompt -n "__fish_reprompt_using_subcommand intents; and __fish_seen_subcommand_from help" -f -a "merge" -d 'Show the goals of one intent under another; a part that was split off goes back'
complete -c reprompt -n "__fish_reprompt_using_subcommand intents; and __fish_seen_subcommand_from help" -f -a "split" -d 'Show the goals that hold a phrase as an intent of their own'
complete -c reprompt -n "__fish_reprompt_using_subcommand intents; and __fish_seen_subcommand_from help" -f -a "ignore" -d 'Work no longer on an intent; it is still counted'
complete -c reprompt -n "__fish_reprompt_using_subcommand intents; and __fish_seen_subcommand_from help" -f -a "unignore" -d 'Work on an intent again'
complete -c reprompt -n "__fish_reprompt_using_subcommand intents; and __fish_seen_subcommand_from help" -f -a "assignments" -d 'Print every goal with its intent, a line of JSON each, or with --csv a row'
complete -c reprompt -n "__fish_reprompt_using_subcommand intents; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c reprompt -n "__fish_reprompt_using_subcommand diagnose" -l top -d 'How many events to print in each table' -r
complete -c reprompt -n "__fish_reprompt_using_subcommand diagnose" -l engine -d 'Who names, reads and drafts: the embedded engine or a language model [default: the config\'s `engine`]' -r -f -a "local\t'The embedded engine'
llm\t'The language model of the config'"
complete -c reprompt -n "__fish_reprompt_using_subcommand diagnose" -l max-cost -d 'Spend at most so many dollars in this run' -r
complete -c reprompt -n "__fish_reprompt_using_subcommand diagnose" -s j -l jobs -d 'Calls under way at once, at most' -r
complete -c reprompt -n "__fish_reprompt_using_subcommand diagnose" -l deadline -d 'End after so many seconds, keeping what came until then' -r
complete -c reprompt -n "__fish_reprompt_using_subcommand diagnose" -l replies -d 'What stored replies are used for' -r -f -a "on\t'Read and written'
read-only\t'Read only; nothing is sent'
write-only\t'Written only; everything is asked anew'
off\t'Neither'"
complete -c reprompt -n "__fish_reprompt_using_subcommand diagnose" -l record -d 'Write every exchange to a file in DIR' -r -F
complete -c reprompt -n "__fish_reprompt_using_subcommand diagnose" -l replay -d 'Answer from the exchanges in DIR; open no socket and pay nothing' -r -F
complete -c reprompt -n "__fish_reprompt_using_subcommand diagnose" -s C -l repo -d 'Work on the prompt repository in DIR instead of the current folder' -r -F
complete -c reprompt -n "__fish_reprompt_using_subcommand diagnose" -s c -l config -d 'Read this config instead of the `reprompt.yaml` found by walking up' -r -F
complete -c reprompt -n "__fish_reprompt_using_subcommand diagnose" -l cache -d 'Keep both databases in DIR instead of the XDG folders [env: REPROMPT_CACHE]' -r -F
complete -c reprompt -n "__fish_reprompt_using_subcommand diagnose" -l color -d 'When to use colour' -r -f -a "auto\t'Colour on a terminal'
always\t'Colour always'
never\t'Never'"
complete -c reprompt -n "__fish_reprompt_using_subcommand diagnose" -l dry-run -d 'Count the calls, tokens and dollars that a language model\'s reading would take, and send nothing'
complete -c reprompt -n "__fish_reprompt_using_subcommand diagnose" -l offline -d 'Open no socket; a reply that is not stored is an error'
complete -c reprompt -n "__fish_reprompt_using_subcommand diagnose" -l show-egress -d 'Print exactly the bytes that would be sent, and send nothing'
complete -c reprompt -n "__fish_reprompt_using_subcommand diagnose" -l json -d 'Print one JSON document instead of text'
complete -c reprompt -n "__fish_reprompt_using_subcommand diagnose" -s q -l quiet -d 'Print results and warnings only'
complete -c reprompt -n "__fish_reprompt_using_subcommand diagnose" -s v -l verbose -d 'Print more detail'
complete -c reprompt -n "__fish_reprompt_using_subcommand diagnose" -l no-progress -d 'Show no progress bar'
complete -c reprompt -n "__fish_reprompt_using_subcommand diagnose" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c reprompt -n "__fish_reprompt_using_subcommand findings; and not __fish_seen_subcommand_from list show trend ignore unignore help" -l since -d 'Only conversations since a date or within a time: 2026-03-14, 7d, 8w' -r
complete -c reprompt -n "__fish_reprompt_using_subcommand findings; and not __fish_seen_subcommand_from list show trend ignore unignore help" -l window -d 'Only the last N weeks, counted from the newest conversation' -r
complete -c reprompt -n "__fish_reprompt_using_subcommand findings; and not __fish_seen_subcommand_from list show trend ignore unignore help" -l agent -d 'Only conversations of this agent' -r
complete -c reprompt -n "__fish_reprompt_using_subcommand findings; and not __fish_seen_subcommand_from list show trend ignore unignore help" -l version -d 'Only conversations with this prompt version' -r
complete -c reprompt -n "__fish_reprompt_using_subcommand findings; and not __fish_seen_subcommand_from list show trend ignore unignore help" -s C -l repo -d 'Work on the prompt repository in DIR instead of the current folder' -r -F
complete -c reprompt -n "__fish_reprompt_using_subcommand findings; and not __fish_seen_subcommand_from list show trend ignore unignore help" -s c -l config -d 'Read this config instead of the `reprompt.yaml` found by walking up' -r -F
complete -c reprompt -n "__fish_reprompt_using_subcommand findings; and not __fish_seen_subcommand_from list show trend ignore unignore help" -l cache -d 'Keep both databases in DIR instead of the XDG folders [env: REPROMPT_CACHE]' -r -F
complete -c reprompt -n "__fish_reprompt_using_subcommand findings; and not __fish_seen_subcommand_from list show trend ignore unignore help" -l color -d 'When to use colour' -r -f -a "auto\t'Colour on a terminal'
always\t'Colour always'
never\t'Never'"
complete -c reprompt -n "__fish_reprompt_using_subcommand findings; and not __fish_seen_subcommand_from list show trend ignore unignore help" -l summary -d 'Print one line of what is new, surging or resolved'
complete -c reprompt -n "__fish_reprompt_using_subcommand findings; and not __fish_seen_subcommand_from list show trend ignore unignore help" -l csv -d 'Print comma-separated values instead of text'
complete -c reprompt -n "__fish_reprompt_using_subcommand findings; and not __fish_seen_subcommand_from list show trend ignore unignore help" -l json -d 'Print one JSON document instead of text'
complete -c reprompt -n "__fish_reprompt_using_subcommand findings; and not __fish_seen_subcommand_from list show trend ignore unignore help" -s q -l quiet -d 'Print results and warnings only'
complete -c reprompt -n "__fish_reprompt_using_subcommand findings; and not __fish_seen_subcommand_from list show trend ignore unignore help" -s v -l verbose -d 'Print more detail'
complete -c reprompt -n "__fish_reprompt_using_subcommand findings; and not __fish_seen_subcommand_from list show trend ignore unignore help" -l no-progress -d 'Show no progress bar'
complete -c reprompt -n "__fish_reprompt_using_subcommand findings; and not __fish_seen_subcommand_from list show trend ignore unignore help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c reprompt -n "__fish_reprompt_using_subcommand findings; and not __fish_seen_subcommand_from list show trend ignore unignore help" -f -a "list" -d 'List all findings, open ones first'
complete -c reprompt -n "__fish_reprompt_using_subcommand findings; and not __fish_seen_subcommand_from list show trend ignore unignore help" -f -a "show" -d 'Show one finding with its evidence and levers'
complete -c reprompt -n "__fish_reprompt_using_subcommand findings; and not __fish_seen_subcommand_from list show trend ignore unignore help" -f -a "trend" -d 'Show how much of all traffic and of its intent a finding takes, week by week, and what that means'
complete -c reprompt -n "__fish_reprompt_using_subcommand findings; and not __fish_seen_subcommand_from list show trend ignore unignore help" -f -a "ignore" -d 'Say that a finding does not matter; it is kept, and no longer proposed for'
complete -c reprompt -n "__fish_reprompt_using_subcommand findings; and not __fish_seen_subcommand_from list show trend ignore unignore help" -f -a "unignore" -d 'Work on a finding again'
complete -c reprompt -n "__fish_reprompt_using_subcommand findings; and not __fish_seen_subcommand_from list show trend ignore unignore help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c reprompt -n "__fish_reprompt_using_subcommand findings; and __fish_seen_subcommand_from list" -l since -d 'Only conversations since a date or within a time: 2026-03-14, 7d, 8w' -r
complete -c reprompt -n "__fish_reprompt_using_subcommand findings; and __fish_seen_subcommand_from list" -l window -d 'Only the last N weeks, counted from the newest conversation' -r
complete -c reprompt -n "__fish_reprompt_using_subcommand findings; and __fish_seen_subcommand_from list" -l agent -d 'Only conversations of this agent' -r
complete -c reprompt -n "__fish_reprompt_using_subcommand findings; and __fish_seen_subcommand_from list" -l version -d 'Only conversations with this prompt version' -r
complete -c reprompt -n "__fish_reprompt_using_subcommand findings; and __fish_seen_subcommand_from list" -s C -l repo -d 'Work on the prompt repository in DIR instead of the current folder' -r -F
complete -c reprompt -n "__fish_reprompt_using_subcommand findings; and __fish_seen_subcommand_from list" -s c -l config -d 'Read this config instead of the `reprompt.yaml` found by walking up' -r -F
complete -c reprompt -n "__fish_reprompt_using_subcommand findings; and __fish_seen_subcommand_from list" -l cache -d 'Keep both databases in DIR instead of the XDG folders [env: REPROMPT_CACHE]' -r -F
complete -c reprompt -n "__fish_reprompt_using_subcommand findings; and __fish_seen_subcommand_from list" -l color -d 'When to use colour' -r -f -a "auto\t'Colour on a terminal'
always\t'Colour always'
never\t'Never'"
complete -c reprompt -n "__fish_reprompt_using_subcommand findings; and __fish_seen_subcommand_from list" -l csv -d 'Print comma-separated values instead of text'
complete -c reprompt -n "__fish_reprompt_using_subcommand findings; and __fish_seen_subcommand_from list" -l json -d 'Print one JSON document instead of text'
complete -c reprompt -n "__fish_reprompt_using_subcommand findings; and __fish_seen_subcommand_from list" -s q -l quiet -d 'Print results and warnings only'
complete -c reprompt -n "__fish_reprompt_using_subcommand findings; and __fish_seen_subcommand_from list" -s v -l verbose -d 'Print more detail'
complete -c reprompt -n "__fish_reprompt_using_subcommand findings; and __fish_seen_subcommand_from list" -l no-progress -d 'Show no progress bar'
complete -c reprompt -n "__fish_reprompt_using_subcommand findings; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c reprompt -n "__fish_reprompt_using_subcommand findings; and __fish_seen_subcommand_from show" -l since -d 'Only conversations since a date or within a time: 2026-03-14, 7d, 8w' -r
complete -c reprompt -n "__fish_reprompt_using_subcommand findings; and __fish_seen_subcommand_from show" -l window -d 'Only the last N weeks, counted from the newest conversation' -r
complete -c reprompt -n "__fish_reprompt_using_subcommand findings; and __fish_seen_subcommand_from show" -l agent -d 'Only conversations of this agent' -r
complete -c reprompt -n "__fish_reprompt_using_subcommand findings; and __fish_seen_subcommand_from show" -l version -d 'Only conversations with this prompt version' -r
complete -c reprompt -n "__fish_reprompt_using_subcommand findings; and __fish_seen_subcommand_from show" -s C -l repo -d 'Work on the prompt repository in DIR instead of the current folder' -r -F
complete -c reprompt -n "__fish_reprompt_using_subcommand findings; and __fish_seen_subcommand_from show" -s c -l config -d 'Read this config instead of the `reprompt.yaml` found by walking up' -r -F
complete -c reprompt -n "__fish_reprompt_using_subcommand findings; and __fish_seen_subcommand_from show" -l cache -d 'Keep both databases in DIR instead of the XDG folders [env: REPROMPT_CACHE]' -r -F
complete -c reprompt -n "__fish_reprompt_using_subcommand findings; and __fish_seen_subcommand_from show" -l color -d 'When to use colour' -r -f -a "auto\t'Colour on a terminal'
always\t'Colour always'
never\t'Never'"
complete -c reprompt -n "__fish_reprompt_using_subcommand findings; and __fish_seen_subcommand_from show" -l csv -d 'Print comma-separated values instead of text'
complete -c reprompt -n "__fish_reprompt_using_subcommand findings; and __fish_seen_subcommand_from show" -l json -d 'Print one JSON document instead of text'
complete -c reprompt -n "__fish_reprompt_using_subcommand findings; and __fish_seen_subcommand_from show" -s q -l quiet -d 'Print results and warnings only'
complete -c reprompt -n "__fish_reprompt_using_subcommand findings; and __fish_seen_subcommand_from show" -s v -l verbose -d 'Print more detail'
complete -c reprompt -n "__fish_reprompt_using_subcommand findings; and __fish_seen_subcommand_from show" -l no-progress -d 'Show no progress bar'
complete -c reprompt -n "__fish_reprompt_using_subcommand findings; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c reprompt -n "__fish_reprompt_using_subcommand findings; and __fish_seen_subcommand_from trend" -l since -d 'Only conversations since a date or within a time: 2026-03-14, 7d, 8w' -r
complete -c reprompt -n "__fish_reprompt_using_subcommand findings; and __fish_seen_subcommand_from trend" -l window -d 'Only the last N weeks, counted from the newest conversation' -r
complete -c reprompt -n "__fish_reprompt_using_subcommand findings; and __fish_seen_subcommand_from trend" -l agent -d 'Only conversations of this agent' -r
complete -c reprompt -n "__fish_reprompt_using_subcommand findings; and __fish_seen_subcommand_from trend" -l version -d 'Only conversations with this prompt version' -r
complete -c reprompt -n "__fish_reprompt_using_subcommand findings; and __fish_seen_subcommand_from trend" -s C -l repo -d 'Work on the prompt repository in DIR instead of the current folder' -r -F
complete -c reprompt -n "__fish_reprompt_using_subcommand findings; and __fish_seen_subcommand_from trend" -s c -l config -d 'Read this config instead of the `reprompt.yaml` found by walking up' -r -F
complete -c reprompt -n "__fish_reprompt_using_subcommand findings; and __fish_seen_subcommand_from trend" -l cache -d 'Keep both databases in DIR instead of the XDG folders [env: REPROMPT_CACHE]' -r -F
complete -c reprompt -n "__fish_reprompt_using_subcommand findings; and __fish_seen_subcommand_from trend" -l color -d 'When to use colour' -r -f -a "auto\t'Colour on a terminal'
always\t'Colour always'
never\t'Never'"
complete -c reprompt -n "__fish_reprompt_using_subcommand findings; and __fish_seen_subcommand_from trend" -l csv -d 'Print comma-separated values instead of text'
complete -c reprompt -n "__fish_reprompt_using_subcommand findings; and __fish_seen_subcommand_from trend" -l json -d 'Print one JSON document instead of text'
complete -c reprompt -n "__fish_reprompt_using_subcommand findings; and __fish_seen_subcommand_from trend" -s q -l quiet -d 'Print results and warnings only'
complete -c reprompt -n "__fish_reprompt_using_subcommand findings; and __fish_seen_subcommand_from trend" -s v -l verbose -d 'Print more detail'
complete -c reprompt -n "__fish_reprompt_using_subcommand findings; and __fish_seen_subcommand_from trend" -l no-progress -d 'Show no progress bar'
complete -c reprompt -n "__fish_reprompt_using_subcommand findings; and __fish_seen_subcommand_from trend" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c reprompt -n "__fish_reprompt_using_subcommand findings; and __fish_seen_subcommand_from ignore" -l reason -d 'Why, for whoever asks later' -r
complete -c reprompt -n "__fish_reprompt_using_subcommand findings; and __fish_seen_subcommand_from ignore" -l since -d 'Only conversations since a date or within a time: 2026-03-14, 7d, 8w' -r
complete -c reprompt -n "__fish_reprompt_using_subcommand findings; and __fish_seen_subcommand_from ignore" -l window -d 'Only the last N weeks, counted from the newest conversation' -r
complete -c reprompt -n "__fish_reprompt_using_subcommand findings; and __fish_seen_subcommand_from ignore" -l agent -d 'Only conversations of this agent' -r
complete -c reprompt -n "__fish_reprompt_using_subcommand findings; and __fish_seen_subcommand_from ignore" -l version -d 'Only conversations with this prompt version' -r
complete -c reprompt -n "__fish_reprompt_using_subcommand findings; and __fish_seen_subcommand_from ignore" -s C -l repo -d 'Work on the prompt repository in DIR instead of the current folder' -r -F
complete -c reprompt -n "__fish_reprompt_using_subcommand findings; and __fish_seen_subcommand_from ignore" -s c -l config -d 'Read this config instead of the `reprompt.yaml` found by walking up' -r -F
complete -c reprompt -n "__fish_reprompt_using_subcommand findings; and __fish_seen_subcommand_from ignore" -l cache -d 'Keep both databases in DIR instead of the XDG folders [env: REPROMPT_CACHE]' -r -F
complete -c reprompt -n "__fish_reprompt_using_subcommand findings; and __fish_seen_subcommand_from ignore" -l color -d 'When to use colour' -r -f -a "auto\t'Colour on a terminal'
always\t'Colour always'
never\t'Never'"
complete -c reprompt -n "__fish_reprompt_using_subcommand findings; and __fish_seen_subcommand_from ignore" -l csv -d 'Print comma-separated values instead of text'
complete -c reprompt -n "__fish_reprompt_using_subcommand findings; and __fish_seen_subcommand_from ignore" -l json -d 'Print one JSON document instead of text'
complete -c reprompt -n "__fish_reprompt_using_subcommand findings; and __fish_seen_subcommand_from ignore" -s q -l quiet -d 'Print results and warnings only'
complete -c reprompt -n "__fish_reprompt_using_subcommand findings; and __fish_seen_subcommand_from ignore" -s v -l verbose -d 'Print more detail'
complete -c reprompt -n "__fish_reprompt_using_subcommand findings; and __fish_seen_subcommand_from ignore" -l no-progress -d 'Show no progress bar'
complete -c reprompt -n "__fish_reprompt_using_subcommand findings; and __fish_seen_subcommand_from ignore" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c reprompt -n "__fish_reprompt_using_subcommand findings; and __fish_seen_subcommand_from unignore" -l since -d 'Only conversations since a date or within a time: 2026-03-14, 7d, 8w' -r
complete -c reprompt -n "__fish_reprompt_using_subcommand findings; and __fish_seen_subcommand_from unignore" -l window -d 'Only the last N weeks, counted from the newest conversation' -r
complete -c reprompt -n "__fish_reprompt_using_subcommand findings; and __fish_seen_subcommand_from unignore" -l agent -d 'Only conversations of this agent' -r
complete -c reprompt -n "__fish_reprompt_using_subcommand findings; and __fish_seen_subcommand_from unignore" -l version -d 'Only conversations with this prompt version' -r
complete -c reprompt -n "__fish_reprompt_using_subcommand findings; and __fish_seen_subcommand_from unignore" -s C -l repo -d 'Work on the prompt repository in DIR instead of the current folder' -r -F
complete -c reprompt -n "__fish_reprompt_using_subcommand findings; and __fish_seen_subcommand_from unignore" -s c -l config -d 'Read this config instead of the `reprompt.yaml` found by walking up' -r -F
complete -c reprompt -n "__fish_reprompt_using_subcommand findings; and __fish_seen_subcommand_from unignore" -l cache -d 'Keep both databases in DIR instead of the XDG folders [env: REPROMPT_CACHE]' -r -F
complete -c reprompt -n "__fish_reprompt_using_subcommand findings; and __fish_seen_subcommand_from unignore" -l color -d 'When to use colour' -r -f -a "auto\t'Colour on a terminal'
always\t'Colour always'
never\t'Never'"
complete -c reprompt -n "__fish_reprompt_using_subcommand findings; and __fish_seen_subcommand_from unignore" -l csv -d 'Print comma-separated values instead of text'
complete -c reprompt -n "__fish_reprompt_using_subcommand findings; and __fish_seen_subcommand_from unignore" -l json -d 'Print one JSON document instead of text'
complete -c reprompt -n "__fish_reprompt_using_subcommand findings; and __fish_seen_subcommand_from unignore" -s q -l quiet -d 'Print results and warnings only'
complete -c reprompt -n "__fish_reprompt_using_subcommand findings; and __fish_seen_subcommand_from unignore" -s v -l verbose -d 'Print more detail'
complete -c reprompt -n "__fish_reprompt_using_subcommand findings; and __fish_seen_subcommand_from unignore" -l no-progress -d 'Show no progress bar'
complete -c reprompt -n "__fish_reprompt_using_subcommand findings; and __fish_seen_subcommand_from unignore" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c reprompt -n "__fish_reprompt_using_subcommand findings; and __fish_seen_subcommand_from help" -f -a "list" -d 'List all findings, open ones first'
complete -c reprompt -n "__fish_reprompt_using_subcommand findings; and __fish_seen_subcommand_from help" -f -a "show" -d 'Show one finding with its evidence and levers'
complete -c reprompt -n "__fish_reprompt_using_subcommand findings; and __fish_seen_subcommand_from help" -f -a "trend" -d 'Show how much of all traffic and of its intent a finding takes, week by week, and what that means'
complete -c reprompt -n "__fish_reprompt_using_subcommand findings; and __fish_seen_subcommand_from help" -f -a "ignore" -d 'Say that a finding does not matter; it is kept, and no longer proposed for'
complete -c reprompt -n "__fish_reprompt_using_subcommand findings; and __fish_seen_subcommand_from help" -f -a "unignore" -d 'Work on a finding again'
complete -c reprompt -n "__fish_reprompt_using_subcommand findings; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c reprompt -n "__fish_reprompt_using_subcommand propose" -l engine -d 'Who names, reads and drafts: the embedded engine or a language model [default: the config\'s `engine`]' -r -f -a "local\t'The embedded engine'
llm\t'The language model of the config'"
complete -c reprompt -n "__fish_reprompt_using_subcommand propose" -l max-cost -d 'Spend at most so many dollars in this run' -r
complete -c reprompt -n "__fish_reprompt_using_subcommand propose" -s j -l jobs -d 'Calls under way at once, at most' -r
complete -c reprompt -n "__fish_reprompt_using_subcommand propose" -l deadline -d 'End after so many seconds, keeping what came until then' -r
complete -c reprompt -n "__fish_reprompt_using_subcommand propose" -l replies -d 'What stored replies are used for' -r -f -a "on\t'Read and written'
read-only\t'Read only; nothing is sent'
write-only\t'Written only; everything is asked anew'
off\t'Neither'"
complete -c reprompt -n "__fish_reprompt_using_subcommand propose" -l record -d 'Write every exchange to a file in DIR' -r -F
complete -c reprompt -n "__fish_reprompt_using_subcommand propose" -l replay -d 'Answer from the exchanges in DIR; open no socket and pay nothing' -r -F
complete -c reprompt -n "__fish_reprompt_using_subcommand propose" -s C -l repo -d 'Work on the prompt repository in DIR instead of the current folder' -r -F
complete -c reprompt -n "__fish_reprompt_using_subcommand propose" -s c -l config -d 'Read this config instead of the `reprompt.yaml` found by walking up' -r -F
complete -c reprompt -n "__fish_reprompt_using_subcommand propose" -l cache -d 'Keep both databases in DIR instead of the XDG folders [env: REPROMPT_CACHE]' -r -F
complete -c reprompt -n "__fish_reprompt_using_subcommand propose" -l color -d 'When to use colour' -r -f -a "auto\t'Colour on a terminal'
always\t'Colour always'
never\t'Never'"
complete -c reprompt -n "__fish_reprompt_using_subcommand propose" -l dry-run -d 'Show the change and write nothing; with a language model, count what would be sent and send nothing'
complete -c reprompt -n "__fish_reprompt_using_subcommand propose" -l offline -d 'Open no socket; a reply that is not stored is an error'
complete -c reprompt -n "__fish_reprompt_using_subcommand propose" -l show-egress -d 'Print exactly the bytes that would be sent, and send nothing'
complete -c reprompt -n "__fish_reprompt_using_subcommand propose" -l json -d 'Print one JSON document instead of text'
complete -c reprompt -n "__fish_reprompt_using_subcommand propose" -s q -l quiet -d 'Print results and warnings only'
complete -c reprompt -n "__fish_reprompt_using_subcommand propose" -s v -l verbose -d 'Print more detail'
complete -c reprompt -n "__fish_reprompt_using_subcommand propose" -l no-progress -d 'Show no progress bar'
complete -c reprompt -n "__fish_reprompt_using_subcommand propose" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c reprompt -n "__fish_reprompt_using_subcommand check" -l base -d 'Compare with the merge base of REV and the head [default: the pull request\'s base branch, else the upstream, else main]' -r
complete -c reprompt -n "__fish_reprompt_using_subcommand check" -l head -d 'Check REV [default: HEAD in CI, otherwise the work tree]' -r
complete -c reprompt -n "__fish_reprompt_using_subcommand check" -l allow -d 'Let violations of RULE pass, and say so in the result; may be repeated' -r
complete -c reprompt -n "__fish_reprompt_using_subcommand check" -s C -l repo -d 'Work on the prompt repository in DIR instead of the current folder' -r -F
complete -c reprompt -n "__fish_reprompt_using_subcommand check" -s c -l config -d 'Read this config instead of the `reprompt.yaml` found by walking up' -r -F
complete -c reprompt -n "__fish_reprompt_using_subcommand check" -l cache -d 'Keep both databases in DIR instead of the XDG folders [env: REPROMPT_CACHE]' -r -F
complete -c reprompt -n "__fish_reprompt_using_subcommand check" -l color -d 'When to use colour' -r -f -a "auto\t'Colour on a terminal'
always\t'Colour always'
never\t'Never'"
complete -c reprompt -n "__fish_reprompt_using_subcommand check" -l json -d 'Print one JSON document instead of text'
complete -c reprompt -n "__fish_reprompt_using_subcommand check" -s q -l quiet -d 'Print results and warnings only'
complete -c reprompt -n "__fish_reprompt_using_subcommand check" -s v -l verbose -d 'Print more detail'
complete -c reprompt -n "__fish_reprompt_using_subcommand check" -l no-progress -d 'Show no progress bar'
complete -c reprompt -n "__fish_reprompt_using_subcommand check" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c reprompt -n "__fish_reprompt_using_subcommand eval" -l base -d 'Compare with the merge base of REV and the head [default: the pull request\'s base branch, else the upstream, else main]' -r
complete -c reprompt -n "__fish_reprompt_using_subcommand eval" -l head -d 'Evaluate REV [default: HEAD in CI, otherwise the work tree]' -r
complete -c reprompt -n "__fish_reprompt_using_subcommand eval" -l expect -d 'What the head has to be' -r -f -a "no-worse\t'Not worse by the margin or more'
better\t'Better'"
complete -c reprompt -n "__fish_reprompt_using_subcommand eval" -l agent -d 'The agent to run, when the config has several' -r
complete -c reprompt -n "__fish_reprompt_using_subcommand eval" -l suite -d 'Use the suites that match GLOB instead of the config\'s' -r
complete -c reprompt -n "__fish_reprompt_using_subcommand eval" -l repeat -d 'Ask each case N times under each revision [default: the config\'s `repeat`]' -r
complete -c reprompt -n "__fish_reprompt_using_subcommand eval" -s j -l jobs -d 'Ask up to N questions at once' -r
complete -c reprompt -n "__fish_reprompt_using_subcommand eval" -l timeout -d 'Give the agent S seconds for an answer' -r
complete -c reprompt -n "__fish_reprompt_using_subcommand eval" -s o -l output -d 'Also write the result to FILE, by its name as `.json`, `.md` or `.junit.xml`; may be repeated' -r -F
complete -c reprompt -n "__fish_reprompt_using_subcommand eval" -s C -l repo -d 'Work on the prompt repository in DIR instead of the current folder' -r -F
complete -c reprompt -n "__fish_reprompt_using_subcommand eval" -s c -l config -d 'Read this config instead of the `reprompt.yaml` found by walking up' -r -F
complete -c reprompt -n "__fish_reprompt_using_subcommand eval" -l cache -d 'Keep both databases in DIR instead of the XDG folders [env: REPROMPT_CACHE]' -r -F
complete -c reprompt -n "__fish_reprompt_using_subcommand eval" -l color -d 'When to use colour' -r -f -a "auto\t'Colour on a terminal'
always\t'Colour always'
never\t'Never'"
complete -c reprompt -n "__fish_reprompt_using_subcommand eval" -l require-run -d 'Fail when there is no way to run the agent'
complete -c reprompt -n "__fish_reprompt_using_subcommand eval" -l json -d 'Print one JSON document instead of text'
complete -c reprompt -n "__fish_reprompt_using_subcommand eval" -s q -l quiet -d 'Print results and warnings only'
complete -c reprompt -n "__fish_reprompt_using_subcommand eval" -s v -l verbose -d 'Print more detail'
complete -c reprompt -n "__fish_reprompt_using_subcommand eval" -l no-progress -d 'Show no progress bar'
complete -c reprompt -n "__fish_reprompt_using_subcommand eval" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c reprompt -n "__fish_reprompt_using_subcommand rollback" -l to -d 'Put this version back instead: a revision, the first digits of a content hash, or a variant of the flag' -r
complete -c reprompt -n "__fish_reprompt_using_subcommand rollback" -s C -l repo -d 'Work on the prompt repository in DIR instead of the current folder' -r -F
complete -c reprompt -n "__fish_reprompt_using_subcommand rollback" -s c -l config -d 'Read this config instead of the `reprompt.yaml` found by walking up' -r -F
complete -c reprompt -n "__fish_reprompt_using_subcommand rollback" -l cache -d 'Keep both databases in DIR instead of the XDG folders [env: REPROMPT_CACHE]' -r -F
complete -c reprompt -n "__fish_reprompt_using_subcommand rollback" -l color -d 'When to use colour' -r -f -a "auto\t'Colour on a terminal'
always\t'Colour always'
never\t'Never'"
complete -c reprompt -n "__fish_reprompt_using_subcommand rollback" -l dry-run -d 'Show what would be done and write nothing'
complete -c reprompt -n "__fish_reprompt_using_subcommand rollback" -l json -d 'Print one JSON document instead of text'
complete -c reprompt -n "__fish_reprompt_using_subcommand rollback" -s q -l quiet -d 'Print results and warnings only'
complete -c reprompt -n "__fish_reprompt_using_subcommand rollback" -s v -l verbose -d 'Print more detail'
complete -c reprompt -n "__fish_reprompt_using_subcommand rollback" -l no-progress -d 'Show no progress bar'
complete -c reprompt -n "__fish_reprompt_using_subcommand rollback" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c reprompt -n "__fish_reprompt_using_subcommand show" -s C -l repo -d 'Work on the prompt repository in DIR instead of the current folder' -r -F
complete -c reprompt -n "__fish_reprompt_using_subcommand show" -s c -l config -d 'Read this config instead of the `reprompt.yaml` found by walking up' -r -F
complete -c reprompt -n "__fish_reprompt_using_subcommand show" -l cache -d 'Keep both databases in DIR instead of the XDG folders [env: REPROMPT_CACHE]' -r -F
complete -c reprompt -n "__fish_reprompt_using_subcommand show" -l color -d 'When to use colour' -r -f -a "auto\t'Colour on a terminal'
always\t'Colour always'
never\t'Never'"
complete -c reprompt -n "__fish_reprompt_using_subcommand show" -l full -d 'Show long texts, calls and results whole'
complete -c reprompt -n "__fish_reprompt_using_subcommand show" -l json -d 'Print one JSON document instead of text'
complete -c reprompt -n "__fish_reprompt_using_subcommand show" -s q -l quiet -d 'Print results and warnings only'
complete -c reprompt -n "__fish_reprompt_using_subcommand show" -s v -l verbose -d 'Print more detail'
complete -c reprompt -n "__fish_reprompt_using_subcommand show" -l no-progress -d 'Show no progress bar'
complete -c reprompt -n "__fish_reprompt_using_subcommand show" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c reprompt -n "__fish_reprompt_using_subcommand search" -l agent -d 'Only conversations of this agent' -r
complete -c reprompt -n "__fish_reprompt_using_subcommand search" -l user -d 'Only conversations of this user' -r
complete -c reprompt -n "__fish_reprompt_using_subcommand search" -l outcome -d 'Only conversations that went so' -r -f -a "success\t'The user got what they came for'
failure\t'They did not'
unknown\t'Nothing says'"
complete -c reprompt -n "__fish_reprompt_using_subcommand search" -l tool -d 'Only conversations in which this tool was called' -r
complete -c reprompt -n "__fish_reprompt_using_subcommand search" -l since -d 'Only conversations since a date or within a time: 2026-03-14, 7d, 24h' -r
complete -c reprompt -n "__fish_reprompt_using_subcommand search" -s n -l max-count -d 'How many to show' -r
complete -c reprompt -n "__fish_reprompt_using_subcommand search" -s C -l repo -d 'Work on the prompt repository in DIR instead of the current folder' -r -F
complete -c reprompt -n "__fish_reprompt_using_subcommand search" -s c -l config -d 'Read this config instead of the `reprompt.yaml` found by walking up' -r -F
complete -c reprompt -n "__fish_reprompt_using_subcommand search" -l cache -d 'Keep both databases in DIR instead of the XDG folders [env: REPROMPT_CACHE]' -r -F
complete -c reprompt -n "__fish_reprompt_using_subcommand search" -l color -d 'When to use colour' -r -f -a "auto\t'Colour on a terminal'
always\t'Colour always'
never\t'Never'"
complete -c reprompt -n "__fish_reprompt_using_subcommand search" -l json -d 'Print one JSON document instead of text'
complete -c reprompt -n "__fish_reprompt_using_subcommand search" -s q -l quiet -d 'Print results and warnings only'
complete -c reprompt -n "__fish_reprompt_using_subcommand search" -s v -l verbose -d 'Print more detail'
complete -c reprompt -n "__fish_reprompt_using_subcommand search" -l no-progress -d 'Show no progress bar'
complete -c reprompt -n "__fish_reprompt_using_subcommand search" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c reprompt -n "__fish_reprompt_using_subcommand log" -s n -l max-count -d 'How many entries to show' -r
complete -c reprompt -n "__fish_reprompt_using_subcommand log" -s C -l repo -d 'Work on the prompt repository in DIR instead of the current folder' -r -F
complete -c reprompt -n "__fish_reprompt_using_subcommand log" -s c -l config -d 'Read this config instead of the `reprompt.yaml` found by walking up' -r -F
complete -c reprompt -n "__fish_reprompt_using_subcommand log" -l cache -d 'Keep both databases in DIR instead of the XDG folders [env: REPROMPT_CACHE]' -r -F
complete -c reprompt -n "__fish_reprompt_using_subcommand log" -l color -d 'When to use colour' -r -f -a "auto\t'Colour on a terminal'
always\t'Colour always'
never\t'Never'"
complete -c reprompt -n "__fish_reprompt_using_subcommand log" -l cost -d 'Show what language models cost, by run, stage and model'
complete -c reprompt -n "__fish_reprompt_using_subcommand log" -l verify -d 'Check that no entry of the log was changed or removed'
complete -c reprompt -n "__fish_reprompt_using_subcommand log" -l reconcile -d 'Give back the money that runs which died had set aside; refused while a run is under way'
complete -c reprompt -n "__fish_reprompt_using_subcommand log" -l json -d 'Print one JSON document instead of text'
complete -c reprompt -n "__fish_reprompt_using_subcommand log" -s q -l quiet -d 'Print results and warnings only'
complete -c reprompt -n "__fish_reprompt_using_subcommand log" -s v -l verbose -d 'Print more detail'
complete -c reprompt -n "__fish_reprompt_using_subcommand log" -l no-progress -d 'Show no progress bar'
complete -c reprompt -n "__fish_reprompt_using_subcommand log" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c reprompt -n "__fish_reprompt_using_subcommand cache; and not __fish_seen_subcommand_from sources quarantine gc doctor forget help" -s C -l repo -d 'Work on the prompt repository in DIR instead of the current folder' -r -F
complete -c reprompt -n "__fish_reprompt_using_subcommand cache; and not __fish_seen_subcommand_from sources quarantine gc doctor forget help" -s c -l config -d 'Read this config instead of the `reprompt.yaml` found by walking up' -r -F
complete -c reprompt -n "__fish_reprompt_using_subcommand cache; and not __fish_seen_subcommand_from sources quarantine gc doctor forget help" -l cache -d 'Keep both databases in DIR instead of the XDG folders [env: REPROMPT_CACHE]' -r -F
complete -c reprompt -n "__fish_reprompt_using_subcommand cache; and not __fish_seen_subcommand_from sources quarantine gc doctor forget help" -l color -d 'When to use colour' -r -f -a "auto\t'Colour on a terminal'
always\t'Colour always'
never\t'Never'"
complete -c reprompt -n "__fish_reprompt_using_subcommand cache; and not __fish_seen_subcommand_from sources quarantine gc doctor forget help" -l json -d 'Print one JSON document instead of text'
complete -c reprompt -n "__fish_reprompt_using_subcommand cache; and not __fish_seen_subcommand_from sources quarantine gc doctor forget help" -s q -l quiet -d 'Print results and warnings only'
complete -c reprompt -n "__fish_reprompt_using_subcommand cache; and not __fish_seen_subcommand_from sources quarantine gc doctor forget help" -s v -l verbose -d 'Print more detail'
complete -c reprompt -n "__fish_reprompt_using_subcommand cache; and not __fish_seen_subcommand_from sources quarantine gc doctor forget help" -l no-progress -d 'Show no progress bar'
complete -c reprompt -n "__fish_reprompt_using_subcommand cache; and not __fish_seen_subcommand_from sources quarantine gc doctor forget help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c reprompt -n "__fish_reprompt_using_subcommand cache; and not __fish_seen_subcommand_from sources quarantine gc doctor forget help" -f -a "sources" -d 'List the files that were read, and what became of their records'
complete -c reprompt -n "__fish_reprompt_using_subcommand cache; and not __fish_seen_subcommand_from sources quarantine gc doctor forget help" -f -a "quarantine" -d 'List the records that could not be read; name one to see how it begins'
complete -c reprompt -n "__fish_reprompt_using_subcommand cache; and not __fish_seen_subcommand_from sources quarantine gc doctor forget help" -f -a "gc" -d 'Remove what nothing needs any more, and give its space back'
complete -c reprompt -n "__fish_reprompt_using_subcommand cache; and not __fish_seen_subcommand_from sources quarantine gc doctor forget help" -f -a "doctor" -d 'Check every text in the cache and every entry of the log against its digest'
complete -c reprompt -n "__fish_reprompt_using_subcommand cache; and not __fish_seen_subcommand_from sources quarantine gc doctor forget help" -f -a "forget" -d 'Erase a conversation or a user for good; reading their files again does not bring them back'
complete -c reprompt -n "__fish_reprompt_using_subcommand cache; and not __fish_seen_subcommand_from sources quarantine gc doctor forget help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c reprompt -n "__fish_reprompt_using_subcommand cache; and __fish_seen_subcommand_from sources" -s C -l repo -d 'Work on the prompt repository in DIR instead of the current folder' -r -F
complete -c reprompt -n "__fish_reprompt_using_subcommand cache; and __fish_seen_subcommand_from sources" -s c -l config -d 'Read this config instead of the `reprompt.yaml` found by walking up' -r -F
complete -c reprompt -n "__fish_reprompt_using_subcommand cache; and __fish_seen_subcommand_from sources" -l cache -d 'Keep both databases in DIR instead of the XDG folders [env: REPROMPT_CACHE]' -r -F
complete -c reprompt -n "__fish_reprompt_using_subcommand cache; and __fish_seen_subcommand_from sources" -l color -d 'When to use colour' -r -f -a "auto\t'Colour on a terminal'
always\t'Colour always'
never\t'Never'"
complete -c reprompt -n "__fish_reprompt_using_subcommand cache; and __fish_seen_subcommand_from sources" -l json -d 'Print one JSON document instead of text'
complete -c reprompt -n "__fish_reprompt_using_subcommand cache; and __fish_seen_subcommand_from sources" -s q -l quiet -d 'Print results and warnings only'
complete -c reprompt -n "__fish_reprompt_using_subcommand cache; and __fish_seen_subcommand_from sources" -s v -l verbose -d 'Print more detail'
complete -c reprompt -n "__fish_reprompt_using_subcommand cache; and __fish_seen_subcommand_from sources" -l no-progress -d 'Show no progress bar'
complete -c reprompt -n "__fish_reprompt_using_subcommand cache; and __fish_seen_subcommand_from sources" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c reprompt -n "__fish_reprompt_using_subcommand cache; and __fish_seen_subcommand_from quarantine" -s C -l repo -d 'Work on the prompt repository in DIR instead of the current folder' -r -F
complete -c reprompt -n "__fish_reprompt_using_subcommand cache; and __fish_seen_subcommand_from quarantine" -s c -l config -d 'Read this config instead of the `reprompt.yaml` found by walking up' -r -F
complete -c reprompt -n "__fish_reprompt_using_subcommand cache; and __fish_seen_subcommand_from quarantine" -l cache -d 'Keep both databases in DIR instead of the XDG folders [env: REPROMPT_CACHE]' -r -F
complete -c reprompt -n "__fish_reprompt_using_subcommand cache; and __fish_seen_subcommand_from quarantine" -l color -d 'When to use colour' -r -f -a "auto\t'Colour on a terminal'
always\t'Colour always'
never\t'Never'"
complete -c reprompt -n "__fish_reprompt_using_subcommand cache; and __fish_seen_subcommand_from quarantine" -l retry -d 'Read the files again that these records are in: they or this program may have been mended'
complete -c reprompt -n "__fish_reprompt_using_subcommand cache; and __fish_seen_subcommand_from quarantine" -l json -d 'Print one JSON document instead of text'
complete -c reprompt -n "__fish_reprompt_using_subcommand cache; and __fish_seen_subcommand_from quarantine" -s q -l quiet -d 'Print results and warnings only'
complete -c reprompt -n "__fish_reprompt_using_subcommand cache; and __fish_seen_subcommand_from quarantine" -s v -l verbose -d 'Print more detail'
complete -c reprompt -n "__fish_reprompt_using_subcommand cache; and __fish_seen_subcommand_from quarantine" -l no-progress -d 'Show no progress bar'
complete -c reprompt -n "__fish_reprompt_using_subcommand cache; and __fish_seen_subcommand_from quarantine" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c reprompt -n "__fish_reprompt_using_subcommand cache; and __fish_seen_subcommand_from gc" -l older-than -d 'Also erase conversations that ended before a date or longer ago: 2026-03-14, 90d' -r
complete -c reprompt -n "__fish_reprompt_using_subcommand cache; and __fish_seen_subcommand_from gc" -s C -l repo -d 'Work on the prompt repository in DIR instead of the current folder' -r -F
complete -c reprompt -n "__fish_reprompt_using_subcommand cache; and __fish_seen_subcommand_from gc" -s c -l config -d 'Read this config instead of the `reprompt.yaml` found by walking up' -r -F
complete -c reprompt -n "__fish_reprompt_using_subcommand cache; and __fish_seen_subcommand_from gc" -l cache -d 'Keep both databases in DIR instead of the XDG folders [env: REPROMPT_CACHE]' -r -F
complete -c reprompt -n "__fish_reprompt_using_subcommand cache; and __fish_seen_subcommand_from gc" -l color -d 'When to use colour' -r -f -a "auto\t'Colour on a terminal'
always\t'Colour always'
never\t'Never'"
complete -c reprompt -n "__fish_reprompt_using_subcommand cache; and __fish_seen_subcommand_from gc" -l json -d 'Print one JSON document instead of text'
complete -c reprompt -n "__fish_reprompt_using_subcommand cache; and __fish_seen_subcommand_from gc" -s q -l quiet -d 'Print results and warnings only'
complete -c reprompt -n "__fish_reprompt_using_subcommand cache; and __fish_seen_subcommand_from gc" -s v -l verbose -d 'Print more detail'
complete -c reprompt -n "__fish_reprompt_using_subcommand cache; and __fish_seen_subcommand_from gc" -l no-progress -d 'Show no progress bar'
complete -c reprompt -n "__fish_reprompt_using_subcommand cache; and __fish_seen_subcommand_from gc" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c reprompt -n "__fish_reprompt_using_subcommand cache; and __fish_seen_subcommand_from doctor" -s C -l repo -d 'Work on the prompt repository in DIR instead of the current folder' -r -F
complete -c reprompt -n "__fish_reprompt_using_subcommand cache; and __fish_seen_subcommand_from doctor" -s c -l config -d 'Read this config instead of the `reprompt.yaml` found by walking up' -r -F
complete -c reprompt -n "__fish_reprompt_using_subcommand cache; and __fish_seen_subcommand_from doctor" -l cache -d 'Keep both databases in DIR instead of the XDG folders [env: REPROMPT_CACHE]' -r -F
complete -c reprompt -n "__fish_reprompt_using_subcommand cache; and __fish_seen_subcommand_from doctor" -l color -d 'When to use colour' -r -f -a "auto\t'Colour on a terminal'
always\t'Colour always'
never\t'Never'"
complete -c reprompt -n "__fish_reprompt_using_subcommand cache; and __fish_seen_subcommand_from doctor" -l json -d 'Print one JSON document instead of text'
complete -c reprompt -n "__fish_reprompt_using_subcommand cache; and __fish_seen_subcommand_from doctor" -s q -l quiet -d 'Print results and warnings only'
complete -c reprompt -n "__fish_reprompt_using_subcommand cache; and __fish_seen_subcommand_from doctor" -s v -l verbose -d 'Print more detail'
complete -c reprompt -n "__fish_reprompt_using_subcommand cache; and __fish_seen_subcommand_from doctor" -l no-progress -d 'Show no progress bar'
complete -c reprompt -n "__fish_reprompt_using_subcommand cache; and __fish_seen_subcommand_from doctor" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c reprompt -n "__fish_reprompt_using_subcommand cache; and __fish_seen_subcommand_from forget" -l user -d 'All conversations of this user, now and later' -r
complete -c reprompt -n "__fish_reprompt_using_subcommand cache; and __fish_seen_subcommand_from forget" -s C -l repo -d 'Work on the prompt repository in DIR instead of the current folder' -r -F
complete -c reprompt -n "__fish_reprompt_using_subcommand cache; and __fish_seen_subcommand_from forget" -s c -l config -d 'Read this config instead of the `reprompt.yaml` found by walking up' -r -F
complete -c reprompt -n "__fish_reprompt_using_subcommand cache; and __fish_seen_subcommand_from forget" -l cache -d 'Keep both databases in DIR instead of the XDG folders [env: REPROMPT_CACHE]' -r -F
complete -c reprompt -n "__fish_reprompt_using_subcommand cache; and __fish_seen_subcommand_from forget" -l color -d 'When to use colour' -r -f -a "auto\t'Colour on a terminal'
always\t'Colour always'
never\t'Never'"
complete -c reprompt -n "__fish_reprompt_using_subcommand cache; and __fish_seen_subcommand_from forget" -l json -d 'Print one JSON document instead of text'
complete -c reprompt -n "__fish_reprompt_using_subcommand cache; and __fish_seen_subcommand_from forget" -s q -l quiet -d 'Print results and warnings only'
complete -c reprompt -n "__fish_reprompt_using_subcommand cache; and __fish_seen_subcommand_from forget" -s v -l verbose -d 'Print more detail'
complete -c reprompt -n "__fish_reprompt_using_subcommand cache; and __fish_seen_subcommand_from forget" -l no-progress -d 'Show no progress bar'
complete -c reprompt -n "__fish_reprompt_using_subcommand cache; and __fish_seen_subcommand_from forget" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c reprompt -n "__fish_reprompt_using_subcommand cache; and __fish_seen_subcommand_from help" -f -a "sources" -d 'List the files that were read, and what became of their records'
complete -c reprompt -n "__fish_reprompt_using_subcommand cache; and __fish_seen_subcommand_from help" -f -a "quarantine" -d 'List the records that could not be read; name one to see how it begins'
complete -c reprompt -n "__fish_reprompt_using_subcommand cache; and __fish_seen_subcommand_from help" -f -a "gc" -d 'Remove what nothing needs any more, and give its space back'
complete -c reprompt -n "__fish_reprompt_using_subcommand cache; and __fish_seen_subcommand_from help" -f -a "doctor" -d 'Check every text in the cache and every entry of the log against its digest'
complete -c reprompt -n "__fish_reprompt_using_subcommand cache; and __fish_seen_subcommand_from help" -f -a "forget" -d 'Erase a conversation or a user for good; reading their files again does not bring them back'
complete -c reprompt -n "__fish_reprompt_using_subcommand cache; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c reprompt -n "__fish_reprompt_using_subcommand init" -s C -l repo -d 'Work on the prompt repository in DIR instead of the current folder' -r -F
complete -c reprompt -n "__fish_reprompt_using_subcommand init" -s c -l config -d 'Read this config instead of the `reprompt.yaml` found by walking up' -r -F
complete -c reprompt -n "__fish_reprompt_using_subcommand init" -l cache -d 'Keep both databases in DIR instead of the XDG folders [env: REPROMPT_CACHE]' -r -F
complete -c reprompt -n "__fish_reprompt_using_subcommand init" -l color -d 'When to use colour' -r -f -a "auto\t'Colour on a terminal'
always\t'Colour always'
never\t'Never'"
complete -c reprompt -n "__fish_reprompt_using_subcommand init" -l dry-run -d 'Print the config instead of writing it'
complete -c reprompt -n "__fish_reprompt_using_subcommand init" -l force -d 'Replace a config that is there already'
complete -c reprompt -n "__fish_reprompt_using_subcommand init" -l json -d 'Print one JSON document instead of text'
complete -c reprompt -n "__fish_reprompt_using_subcommand init" -s q -l quiet -d 'Print results and warnings only'
complete -c reprompt -n "__fish_reprompt_using_subcommand init" -s v -l verbose -d 'Print more detail'
complete -c reprompt -n "__fish_reprompt_using_subcommand init" -l no-progress -d 'Show no progress bar'
complete -c reprompt -n "__fish_reprompt_using_subcommand init" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c reprompt -n "__fish_reprompt_using_subcommand demo; and not __fish_seen_subcommand_from agent help" -s C -l repo -d 'Work on the prompt repository in DIR instead of the current folder' -r -F
complete -c reprompt -n "__fish_reprompt_using_subcommand demo; and not __fish_seen_subcommand_from agent help" -s c -l config -d 'Read this config instead of the `reprompt.yaml` found by walking up' -r -F
complete -c reprompt -n "__fish_reprompt_using_subcommand demo; and not __fish_seen_subcommand_from agent help" -l cache -d 'Keep both databases in DIR instead of the XDG folders [env: REPROMPT_CACHE]' -r -F
complete -c reprompt -n "__fish_reprompt_using_subcommand demo; and not __fish_seen_subcommand_from agent help" -l color -d 'When to use colour' -r -f -a "auto\t'Colour on a terminal'
always\t'Colour always'
never\t'Never'"
complete -c reprompt -n "__fish_reprompt_using_subcommand demo; and not __fish_seen_subcommand_from agent help" -l json -d 'Print one JSON document instead of text'
complete -c reprompt -n "__fish_reprompt_using_subcommand demo; and not __fish_seen_subcommand_from agent help" -s q -l quiet -d 'Print results and warnings only'
complete -c reprompt -n "__fish_reprompt_using_subcommand demo; and not __fish_seen_subcommand_from agent help" -s v -l verbose -d 'Print more detail'
complete -c reprompt -n "__fish_reprompt_using_subcommand demo; and not __fish_seen_subcommand_from agent help" -l no-progress -d 'Show no progress bar'
complete -c reprompt -n "__fish_reprompt_using_subcommand demo; and not __fish_seen_subcommand_from agent help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c reprompt -n "__fish_reprompt_using_subcommand demo; and not __fish_seen_subcommand_from agent help" -a "agent" -d 'Answer one chat-completions request as the example\'s scripted agent'
complete -c reprompt -n "__fish_reprompt_using_subcommand demo; and not __fish_seen_subcommand_from agent help" -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c reprompt -n "__fish_reprompt_using_subcommand demo; and __fish_seen_subcommand_from agent" -s C -l repo -d 'Work on the prompt repository in DIR instead of the current folder' -r -F
complete -c reprompt -n "__fish_reprompt_using_subcommand demo; and __fish_seen_subcommand_from agent" -s c -l config -d 'Read this config instead of the `reprompt.yaml` found by walking up' -r -F
complete -c reprompt -n "__fish_reprompt_using_subcommand demo; and __fish_seen_subcommand_from agent" -l cache -d 'Keep both databases in DIR instead of the XDG folders [env: REPROMPT_CACHE]' -r -F
complete -c reprompt -n "__fish_reprompt_using_subcommand demo; and __fish_seen_subcommand_from agent" -l color -d 'When to use colour' -r -f -a "auto\t'Colour on a terminal'
always\t'Colour always'
never\t'Never'"
complete -c reprompt -n "__fish_reprompt_using_subcommand demo; and __fish_seen_subcommand_from agent" -l json -d 'Print one JSON document instead of text'
complete -c reprompt -n "__fish_reprompt_using_subcommand demo; and __fish_seen_subcommand_from agent" -s q -l quiet -d 'Print results and warnings only'
complete -c reprompt -n "__fish_reprompt_using_subcommand demo; and __fish_seen_subcommand_from agent" -s v -l verbose -d 'Print more detail'
complete -c reprompt -n "__fish_reprompt_using_subcommand demo; and __fish_seen_subcommand_from agent" -l no-progress -d 'Show no progress bar'
complete -c reprompt -n "__fish_reprompt_using_subcommand demo; and __fish_seen_subcommand_from agent" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c reprompt -n "__fish_reprompt_using_subcommand demo; and __fish_seen_subcommand_from help" -f -a "agent" -d 'Answer one chat-completions request as the example\'s scripted agent'
complete -c reprompt -n "__fish_reprompt_using_subcommand demo; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c reprompt -n "__fish_reprompt_using_subcommand completions" -s C -l repo -d 'Work on the prompt repository in DIR instead of the current folder' -r -F
complete -c reprompt -n "__fish_reprompt_using_subcommand completions" -s c -l config -d 'Read this config instead of the `reprompt.yaml` found by walking up' -r -F
complete -c reprompt -n "__fish_reprompt_using_subcommand completions" -l cache -d 'Keep both databases in DIR instead of the XDG folders [env: REPROMPT_CACHE]' -r -F
complete -c reprompt -n "__fish_reprompt_using_subcommand completions" -l color -d 'When to use colour' -r -f -a "auto\t'Colour on a terminal'
always\t'Colour always'
never\t'Never'"
complete -c reprompt -n "__fish_reprompt_using_subcommand completions" -l json -d 'Print one JSON document instead of text'
complete -c reprompt -n "__fish_reprompt_using_subcommand completions" -s q -l quiet -d 'Print results and warnings only'
complete -c reprompt -n "__fish_reprompt_using_subcommand completions" -s v -l verbose -d 'Print more detail'
complete -c reprompt -n "__fish_reprompt_using_subcommand completions" -l no-progress -d 'Show no progress bar'
complete -c reprompt -n "__fish_reprompt_using_subcommand completions" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c reprompt -n "__fish_reprompt_using_subcommand man" -s C -l repo -d 'Work on the prompt repository in DIR instead of the current folder' -r -F
complete -c reprompt -n "__fish_reprompt_using_subcommand man" -s c -l config -d 'Read this config instead of the `reprompt.yaml` found by walking up' -r -F
complete -c reprompt -n "__fish_reprompt_using_subcommand man" -l cache -d 'Keep both databases in DIR instead of the XDG folders [env: REPROMPT_CACHE]' -r -F
complete -c reprompt -n "__fish_reprompt_using_subcommand man" -l color -d 'When to use colour' -r -f -a "auto\t'Colour on a terminal'
always\t'Colour always'
never\t'Never'"
complete -c reprompt -n "__fish_reprompt_using_subcommand man" -l json -d 'Print one JSON document instead of text'
complete -c reprompt -n "__fish_reprompt_using_subcommand man" -s q -l quiet -d 'Print results and warnings only'
complete -c reprompt -n "__fish_reprompt_using_subcommand man" -s v -l verbose -d 'Print more detail'
complete -c reprompt -n "__fish_reprompt_using_subcommand man" -l no-progress -d 'Show no progress bar'
complete -c reprompt -n "__fish_reprompt_using_subcommand man" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c reprompt -n "__fish_reprompt_using_subcommand help; and not __fish_seen_subcommand_from ingest intents diagnose findings propose check eval rollback show search log cache init demo completions man help" -f -a "ingest" -d 'Read exported traces into the cache'
complete -c reprompt -n "__fish_reprompt_using_subcommand help; and not __fish_seen_subcommand_from ingest intents diagnose findings propose check eval rollback show search log cache init demo completions man help" -f -a "intents" -d 'Name what users wanted, and show it over time'
complete -c reprompt -n "__fish_reprompt_using_subcommand help; and not __fish_seen_subcommand_from ingest intents diagnose findings propose check eval rollback show search log cache init demo completions man help" -f -a "diagnose" -d 'Find what goes wrong, why, and which prompt could fix it'
complete -c reprompt -n "__fish_reprompt_using_subcommand help; and not __fish_seen_subcommand_from ingest intents diagnose findings propose check eval rollback show search log cache init demo completions man help" -f -a "findings" -d 'Show the problems that were found, and their state'
complete -c reprompt -n "__fish_reprompt_using_subcommand help; and not __fish_seen_subcommand_from ingest intents diagnose findings propose check eval rollback show search log cache init demo completions man help" -f -a "propose" -d 'Write the smallest change that answers a finding to a branch'
complete -c reprompt -n "__fish_reprompt_using_subcommand help; and not __fish_seen_subcommand_from ingest intents diagnose findings propose check eval rollback show search log cache init demo completions man help" -f -a "check" -d 'Check a change of prompts against the guardrails'
complete -c reprompt -n "__fish_reprompt_using_subcommand help; and not __fish_seen_subcommand_from ingest intents diagnose findings propose check eval rollback show search log cache init demo completions man help" -f -a "eval" -d 'Compare base and head on the evaluation suites'
complete -c reprompt -n "__fish_reprompt_using_subcommand help; and not __fish_seen_subcommand_from ingest intents diagnose findings propose check eval rollback show search log cache init demo completions man help" -f -a "rollback" -d 'Undo the last proposal for a prompt, or go back to a version'
complete -c reprompt -n "__fish_reprompt_using_subcommand help; and not __fish_seen_subcommand_from ingest intents diagnose findings propose check eval rollback show search log cache init demo completions man help" -f -a "show" -d 'Show a conversation, an intent or a finding'
complete -c reprompt -n "__fish_reprompt_using_subcommand help; and not __fish_seen_subcommand_from ingest intents diagnose findings propose check eval rollback show search log cache init demo completions man help" -f -a "search" -d 'Find conversations by what was said in them'
complete -c reprompt -n "__fish_reprompt_using_subcommand help; and not __fish_seen_subcommand_from ingest intents diagnose findings propose check eval rollback show search log cache init demo completions man help" -f -a "log" -d 'Show what was done, and what language models cost'
complete -c reprompt -n "__fish_reprompt_using_subcommand help; and not __fish_seen_subcommand_from ingest intents diagnose findings propose check eval rollback show search log cache init demo completions man help" -f -a "cache" -d 'Look after the cache: what was read, what could not be, checks, forgetting'
complete -c reprompt -n "__fish_reprompt_using_subcommand help; and not __fish_seen_subcommand_from ingest intents diagnose findings propose check eval rollback show search log cache init demo completions man help" -f -a "init" -d 'Write a config for the prompts, tools and suites found here'
complete -c reprompt -n "__fish_reprompt_using_subcommand help; and not __fish_seen_subcommand_from ingest intents diagnose findings propose check eval rollback show search log cache init demo completions man help" -f -a "demo" -d 'Run the whole loop on an example repository'
complete -c reprompt -n "__fish_reprompt_using_subcommand help; and not __fish_seen_subcommand_from ingest intents diagnose findings propose check eval rollback show search log cache init demo completions man help" -f -a "completions" -d 'Print a completion script for a shell'
complete -c reprompt -n "__fish_reprompt_using_subcommand help; and not __fish_seen_subcommand_from ingest intents diagnose findings propose check eval rollback show search log cache init demo completions man help" -f -a "man" -d 'Print the manual page'
complete -c reprompt -n "__fish_reprompt_using_subcommand help; and not __fish_seen_subcommand_from ingest intents diagnose findings propose check eval rollback show search log cache init demo completions man help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c reprompt -n "__fish_reprompt_using_subcommand help; and __fish_seen_subcommand_from intents" -f -a "list" -d 'List all intents, those with the most preventable failures first'
complete -c reprompt -n "__fish_reprompt_using_subcommand help; and __fish_seen_subcommand_from intents" -f -a "show" -d 'Show one intent: key phrases, weeks, and threads that represent it'
complete -c reprompt -n "__fish_reprompt_using_subcommand help; and __fish_seen_subcommand_from intents" -f -a "trend" -d 'Show volume and failures week by week'
complete -c reprompt -n "__fish_reprompt_using_subcommand help; and __fish_seen_subcommand_from intents" -f -a "rename" -d 'Call an intent by another name'
complete -c reprompt -n "__fish_reprompt_using_subcommand help; and __fish_seen_subcommand_from intents" -f -a "describe" -d 'Say in a sentence what belongs to an intent'
complete -c reprompt -n "__fish_reprompt_using_subcommand help; and __fish_seen_subcommand_from intents" -f -a "merge" -d 'Show the goals of one intent under another; a part that was split off goes back'
complete -c reprompt -n "__fish_reprompt_using_subcommand help; and __fish_seen_subcommand_from intents" -f -a "split" -d 'Show the goals that hold a phrase as an intent of their own'
complete -c reprompt -n "__fish_reprompt_using_subcommand help; and __fish_seen_subcommand_from intents" -f -a "ignore" -d 'Work no longer on an intent; it is still counted'
complete -c reprompt -n "__fish_reprompt_using_subcommand help; and __fish_seen_subcommand_from intents" -f -a "unignore" -d 'Work on an intent again'
complete -c reprompt -n "__fish_reprompt_using_subcommand help; and __fish_seen_subcommand_from intents" -f -a "assignments" -d 'Print every goal with its intent, a line of JSON each, or with --csv a row'
complete -c reprompt -n "__fish_reprompt_using_subcommand help; and __fish_seen_subcommand_from findings" -f -a "list" -d 'List all findings, open ones first'
complete -c reprompt -n "__fish_reprompt_using_subcommand help; and __fish_seen_subcommand_from findings" -f -a "show" -d 'Show one finding with its evidence and levers'
complete -c reprompt -n "__fish_reprompt_using_subcommand help; and __fish_seen_subcommand_from findings" -f -a "trend" -d 'Show how much of all traffic and of its intent a finding takes, week by week, and what that means'
complete -c reprompt -n "__fish_reprompt_using_subcommand help; and __fish_seen_subcommand_from findings" -f -a "ignore" -d 'Say that a finding does not matter; it is kept, and no longer proposed for'
complete -c reprompt -n "__fish_reprompt_using_subcommand help; and __fish_seen_subcommand_from findings" -f -a "unignore" -d 'Work on a finding again'
complete -c reprompt -n "__fish_reprompt_using_subcommand help; and __fish_seen_subcommand_from cache" -f -a "sources" -d 'List the files that were read, and what became of their records'
complete -c reprompt -n "__fish_reprompt_using_subcommand help; and __fish_seen_subcommand_from cache" -f -a "quarantine" -d 'List the records that could not be read; name one to see how it begins'
complete -c reprompt -n "__fish_reprompt_using_subcommand help; and __fish_seen_subcommand_from cache" -f -a "gc" -d 'Remove what nothing needs any more, and give its space back'
complete -c reprompt -n "__fish_reprompt_using_subcommand help; and __fish_seen_subcommand_from cache" -f -a "doctor" -d 'Check every text in the cache and every entry of the log against its digest'
complete -c reprompt -n "__fish_reprompt_using_subcommand help; and __fish_seen_subcommand_from cache" -f -a "forget" -d 'Erase a conversation or a user for good; reading their files again does not bring them back'
complete -c reprompt -n "__fish_reprompt_using_subcommand help; and __fish_seen_subcommand_from demo" -f -a "agent" -d 'Answer one chat-completions request as the example\'s scripted agent'
