"""The agent: a LangGraph graph that answers from the library, shows a state or proposes a command."""
