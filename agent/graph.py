"""The map of the graph; importing it imports LangGraph, which takes seconds: import it late."""

from typing import Any

from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.graph import END, START, StateGraph

from agent.answering import admit, after_gitbook, answer, ask_gitbook, judge, look_up, relay
from agent.commanding import after_fill, fill, propose, understand
from agent.routing import after_route, route, stand_alone
from agent.state import Thread
from agent.turn import Turn


def build(checkpointer: BaseCheckpointSaver[Any]) -> Any:
    """Return the graph, compiled."""
    graph = StateGraph(Thread, context_schema=Turn)
    for node in (route, stand_alone, look_up, ask_gitbook, relay, answer, admit, understand, fill, propose):
        graph.add_node(node.__name__, node)
    graph.add_edge(START, "route")
    graph.add_conditional_edges("route", after_route)
    graph.add_edge("stand_alone", "look_up")
    graph.add_conditional_edges("look_up", judge)
    graph.add_conditional_edges("ask_gitbook", after_gitbook)
    graph.add_edge("understand", "fill")
    graph.add_conditional_edges("fill", after_fill)
    for last in ("answer", "relay", "admit", "propose"):
        graph.add_edge(last, END)
    return graph.compile(checkpointer=checkpointer)
